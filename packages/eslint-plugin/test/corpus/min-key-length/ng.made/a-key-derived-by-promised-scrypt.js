const { promisify } = require('util')
const { scrypt } = require('crypto')

const scryptAsync = promisify(scrypt)

exports.deriveKey = async (passphrase, salt) => {
  const derivedKey = await scryptAsync(passphrase, salt, 24)
  return derivedKey
}
