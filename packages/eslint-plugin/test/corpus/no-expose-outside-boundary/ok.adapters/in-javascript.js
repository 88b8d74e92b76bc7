const { secret } = require('../../secret.ts')
exports.connect = (open) => open({ password: secret.expose() })
