const base64 = require('base-64')
const [user, password] = ['me', 'hidden']
exports.get = () =>
  fetch('https://api', { headers: { Authorization: `Basic ${base64.encode(`me:hidden`)}` } })
