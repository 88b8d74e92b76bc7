const crypto = require('crypto')

function createToken() {
  return crypto.randomBytes(20).toString('hex')
}
module.exports = { createToken }
