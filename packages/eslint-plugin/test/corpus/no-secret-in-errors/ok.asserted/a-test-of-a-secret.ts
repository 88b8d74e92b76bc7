import { secret } from '../../secret.ts'
import assert from 'node:assert'
assert(secret.expose().length >= 32, 'too short')
assert.ok(secret.expose().startsWith('rk_'), `${secret.label} has another form`)
