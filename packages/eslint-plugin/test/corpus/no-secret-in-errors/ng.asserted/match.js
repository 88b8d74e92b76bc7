const { secret } = require('../../secret.ts')
const assert = require('assert')
assert.match(secret.expose(), /^rk_/)
