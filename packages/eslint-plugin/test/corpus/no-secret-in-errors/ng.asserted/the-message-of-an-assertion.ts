import { secret } from '../../secret.ts'
import assert from 'node:assert'
assert(secret.expose().length >= 32, `too short: ${secret.expose()}`)
