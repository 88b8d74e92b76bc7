// @reports returned
const { secret } = require('../../secret.ts')
exports.sessionSecret = () => secret.expose()
