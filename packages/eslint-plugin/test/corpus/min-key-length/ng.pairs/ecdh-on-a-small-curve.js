// @reports smallCurve
const { createECDH } = require('crypto')

module.exports = createECDH('secp160k1')
