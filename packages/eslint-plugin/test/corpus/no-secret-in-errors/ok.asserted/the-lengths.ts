import { login, secret } from '../../secret.ts'
import assert from 'node:assert/strict'
assert.equal(secret.expose().length, login.expose().password.length)
