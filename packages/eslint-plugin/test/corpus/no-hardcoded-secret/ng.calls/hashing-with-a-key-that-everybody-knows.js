const crypto = require('crypto')

const hashEmail = (email) =>
  crypto.createHmac('sha256', '#un&Petit%Chien').update(email).digest('hex')

module.exports = { hashEmail }
