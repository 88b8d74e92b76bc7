import assert from 'node:assert/strict'
import { secret } from '../../secret.ts'
assert.notEqual(secret, undefined)
assert.deepEqual({ secret }, { secret })
