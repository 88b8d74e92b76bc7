// @reports kept
const { secret } = require('../../secret.ts')
exports.jwtSecret = secret.expose()
