// @reports kept
const { secret } = require('../../secret.ts')
module.exports = { sessionSecret: secret.expose() }
