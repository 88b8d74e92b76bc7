// ---- deep-equal-of-named-imports
import { login } from '../../secret.ts'
import { deepStrictEqual } from 'node:assert'
export const check = (given: object) => deepStrictEqual(given, login.expose()) // expect: exposedSecret

// ---- whether-they-are-equal.js
import { secret } from '../../secret.ts'
import assert from 'node:assert'
import { timingSafeEqual } from 'node:crypto'
export const check = (given) => assert.equal(timingSafeEqual(given, secret.expose()), true)

// ---- equal
import { secret } from '../../secret.ts'
import assert from 'node:assert/strict'
export const check = (given: string) => assert.equal(given, secret.expose()) // expect: exposedSecret

// ---- the-lengths
import { login, secret } from '../../secret.ts'
import assert from 'node:assert/strict'
assert.equal(secret.expose().length, login.expose().password.length)

// ---- fail
import { secret } from '../../secret.ts'
import * as assert from 'node:assert'
assert.fail(`no service takes ${secret.expose()}`) // expect: exposedSecret

// ---- invariant
import { secret } from '../../secret.ts'
import invariant from 'tiny-invariant'
invariant(secret.expose().startsWith('rk_'), `bad key ${secret.expose()}`) // expect: exposedSecret

// ---- match.js
const { secret } = require('../../secret.ts')
const assert = require('assert')
assert.match(secret.expose(), /^rk_/) // expect: exposedSecret

// ---- the-message-of-an-assertion
import { secret } from '../../secret.ts'
import assert from 'node:assert'
assert(secret.expose().length >= 32, `too short: ${secret.expose()}`) // expect: exposedSecret

// ---- a-test-of-a-secret
import { secret } from '../../secret.ts'
import assert from 'node:assert'
assert(secret.expose().length >= 32, 'too short')
assert.ok(secret.expose().startsWith('rk_'), `${secret.label} has another form`)

// ---- a-method-of-something-else
import { secret } from '../../secret.ts'
declare const verifier: { equal(a: string, b: string): boolean }
export const isGood = (given: string) => verifier.equal(given, secret.expose())

// ---- a-rejection-of-a-call
import { secret } from '../../secret.ts'
import assert from 'node:assert'
declare function connect(key: string): Promise<void>
await assert.rejects(connect(secret.expose()), /refused/)
assert.throws(() => secret.expose(), { code: 'disposed' })
