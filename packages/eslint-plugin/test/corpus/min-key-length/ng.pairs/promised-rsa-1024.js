const { promisify } = require('node:util')
const { generateKeyPair } = require('node:crypto')

exports.makePair = () => promisify(generateKeyPair)('rsa', { modulusLength: 1024 })
