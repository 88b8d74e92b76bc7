// @reports kind
const { caPassphrase } = require('@rekey/ca-keystore')
module.exports = { ca: caPassphrase() }
