const { randomBytes } = require('crypto')

const apiKey = randomBytes(32).toString('hex')
module.exports = apiKey
