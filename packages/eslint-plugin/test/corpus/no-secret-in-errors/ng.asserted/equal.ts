import { secret } from '../../secret.ts'
import assert from 'node:assert/strict'
export const check = (given: string) => assert.equal(given, secret.expose())
