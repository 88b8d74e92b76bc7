const { KJUR } = require('jsrsasign')
exports.sign = (header, claims) => KJUR.jws.JWS.sign('HS256', header, claims, 'abc')
