const { JWK, JWT } = require('jose')
exports.sign = (claims) => JWT.sign(claims, JWK.asKey('abc'))
exports.verify = (token) => JWT.verify(token, 'abc')
