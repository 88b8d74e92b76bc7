import { secret } from '../../secret.ts'
import assert from 'node:assert'
import { timingSafeEqual } from 'node:crypto'
export const check = (given) => assert.equal(timingSafeEqual(given, secret.expose()), true)
