const crypto = require('crypto')

exports.exchange = () => crypto.createDiffieHellman(1024)
