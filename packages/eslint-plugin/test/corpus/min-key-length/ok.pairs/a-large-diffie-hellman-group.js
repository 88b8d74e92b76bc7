const crypto = require('crypto')

exports.group = crypto.createDiffieHellmanGroup('modp14')
exports.prime = (bytes) => crypto.createDiffieHellman(bytes)
