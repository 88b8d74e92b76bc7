// ---- a-biased-code
import { randomBytes } from 'node:crypto'
export const otp = () => randomBytes(1)[0] % 10 // expect: biased

// ---- bytes-of-32-letters
import { randomBytes } from 'node:crypto'
export const codes = () => randomBytes(16).map((byte) => byte % 32)

// ---- a-biased-password
import { randomBytes } from 'node:crypto'
const letters = 'abcdefghijklmnopqrstuvwxyz'
export function makePassword() {
  let password = ''
  for (let i = 0; i < 20; i++) password += letters[randomBytes(1)[0] % letters.length] // expect: biased
  return password
}

// ---- an-index-into-secure-letters
import { randomInt } from 'node:crypto'
const letters = 'abcdefghijklmnopqrstuvwxyz'
export const makePassword = () => Array.from({ length: 20 }, () => letters[randomInt(26)]).join('')

// ---- a-counter.js
let count = 0
exports.makeSessionToken = () => 's' + count++ // expect: guessable

// ---- a-digest-in-steps.js
const crypto = require('crypto')
const hash = crypto.createHash('sha256')
hash.update(String(Date.now())) // expect: guessable
exports.token = hash.digest('hex')

// ---- a-hash-of-a-package
import { md5 } from './md5.ts'
export const resetToken = (user: string) => md5(user + Math.random()) // expect: guessable

// ---- a-helper-of-a-helper.js
const digit = () => Math.floor(Math.random() * 10) // expect: guessable
const digits = (n) => Array.from({ length: n }, digit).join('')
exports.user = { otp: digits(6) }

// ---- a-helper-with-another-name
const rnd = () => Math.random().toString(36).slice(2) // expect: guessable
export const csrfToken = rnd() + rnd()

// ---- a-key-in-a-while-loop
export function generateApiKey() {
  let key = ''
  while (key.length < 32) key = key + Math.random().toString(16).slice(2) // expect: guessable
  return key
}

// ---- a-password-in-a-loop.js
function makePassword(length) {
  const chars = 'abcdef0123456789'
  let out = ''
  for (let i = 0; i < length; i++) {
    out += chars.charAt(Math.floor(Math.random() * chars.length)) // expect: guessable
  }
  return out
}
module.exports = makePassword

// ---- a-password-of-max
export const initialPassword = Math.floor(Math.max(100000, Math.random() * 999999)).toString() // expect: guessable

// ---- a-random-power
export const pinCode = () => Math.round(Math.random() * Math.pow(10, 6)) // expect: guessable

// ---- a-salt-of-pbkdf2.js
const { pbkdf2Sync } = require('crypto')
exports.derive = (word) => pbkdf2Sync(word, Date.now().toString(), 600000, 32, 'sha256') // expect: guessable

// ---- a-secret-reduced
export const secret = Array(20)
  .fill(0)
  .reduce((all: string) => all + Math.random().toString(36)[2], '') // expect: guessable

// ---- a-seeded-generator.js
const seedrandom = require('seedrandom')
const rng = seedrandom('hello')
exports.password = rng().toString(36) // expect: guessable

// ---- a-session-secret-of-the-time.js
const session = require('express-session')
module.exports = session({ secret: 'app' + Date.now() }) // expect: guessable

// ---- a-shuffled-password
export const password = 'abcdefabcdefabcdef'
  .split('')
  .sort(() => 0.5 - Math.random()) // expect: guessable
  .join('')

// ---- a-suffix-of-a-password.js
function insecurePassword() {
  const suffix = Math.random() // expect: guessable
  return 'prefix' + suffix
}
module.exports = insecurePassword

// ---- a-token-mapped
export const token = [...Array(16)].map(() => Math.floor(Math.random() * 16).toString(16)).join('') // expect: guessable

// ---- a-token-of-array-from
const letters = 'abcdefghijklmnopqrstuvwxyz'
export const accessToken = Array.from(
  { length: 20 },
  () => letters[Math.floor(Math.random() * 26)], // expect: guessable
).join('')

// ---- a-uuid-replaced.js
exports.sessionId = 'xxxxxxxx-xxxx-4xxx'.replace(/x/g, () =>
  ((Math.random() * 16) | 0).toString(16), // expect: guessable
)

// ---- a-uuid-version-1-of-an-old-package.js
const uuid = require('uuid/v1')
exports.apiKey = uuid() // expect: guessable

// ---- an-iv-filled-in-a-loop
import { createCipheriv } from 'node:crypto'
export function seal(key: Buffer) {
  const iv = Buffer.alloc(16)
  for (let i = 0; i < 16; i++) iv[i] = Math.floor(Math.random() * 256) // expect: guessable
  return createCipheriv('aes-256-cbc', key, iv)
}

// ---- chance.js
const Chance = require('chance')
const chance = new Chance()
exports.secret = chance.string({ length: 32 }) // expect: guessable

// ---- given-to-a-function-by-its-parameter
function store(user: string, password: string) {
  return { user, hash: digest(password) }
}
export const create = (user: string) => store(user, String(Math.random())) // expect: guessable

// ---- given-to-a-parameter
export class Session {
  constructor(
    readonly id: string,
    readonly secret: string,
  ) {}
}
export const start = () => new Session('x', Math.random().toString(36)) // expect: guessable

// ---- given-to-a-setter.js
exports.reset = (user) => user.setPassword(Math.random().toString(36).slice(-8)) // expect: guessable

// ---- high-resolution-time.js
const [seconds, nanos] = process.hrtime() // expect: guessable
exports.nonceText = 'n' + nanos
exports.token = `${seconds}${nanos}`

// ---- letters-of-codes
export function makeSessionId() {
  const codes = []
  for (let i = 0; i < 24; i++) codes.push(String.fromCharCode(97 + Math.floor(Math.random() * 26))) // expect: guessable
  return codes.join('')
}

// ---- random-js
import { MersenneTwister19937, Random } from 'random-js'
const random = new Random(MersenneTwister19937.autoSeed())
export const apiKey = random.hex(32) // expect: guessable

// ---- random-of-an-alias.js
const { random, floor } = Math
exports.authToken = floor(random() * 1e16).toString(36) // expect: guessable

// ---- the-iv-of-an-argument
import { createCipheriv } from 'node:crypto'
export const seal = (key: Buffer) =>
  createCipheriv('aes-256-cbc', key, Buffer.from(String(Math.random()).slice(0, 16))) // expect: guessable

// ---- the-process-id
import process from 'node:process'
export const sessionSecret = `${process.pid}` // expect: guessable

// ---- a-claim-with-the-time
import jwt from 'jsonwebtoken'
export const token = (key: string) => jwt.sign({ iat: Date.now(), nonce: 1 }, key)

// ---- a-setter-of-an-expiry.js
exports.renew = (session) => session.setTokenExpiry(Date.now() + 1000)

// ---- a-token-by-its-number.js
let next = 0
exports.id = () => next++
exports.cancelToken = () => ({ token: next++ })

// ---- bytes-of-64-letters
import { randomBytes } from 'node:crypto'
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
export const makeToken = () => Array.from(randomBytes(32), (byte) => letters[byte % 64]).join('')

// ---- waits-before-it-sends-a-token
export const refreshToken = async () => {
  await wait(1000 * Math.random())
  return send('/token')
}

// ---- the-end-of-a-session-that-is-stored.js
module.exports = async (sessions, key, life) => {
  const session = await sessions.fetch(key)
  session.expires = Date.now() + life
  return sessions.storeToken(session)
}
