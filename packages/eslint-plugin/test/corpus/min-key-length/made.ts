// ---- a-key-derived-by-hkdf
import { hkdfSync } from 'node:crypto'

export function macKey(master: Buffer) {
  const hmacKey = hkdfSync('sha256', master, '', 'mac', 16) // expect: shortKey
  return Buffer.from(hmacKey)
}

// ---- a-derived-iv
import { hkdfSync } from 'node:crypto'

export const ivOf = (master: Buffer) => hkdfSync('sha256', master, '', 'iv', 12)

// ---- a-key-derived-by-pbkdf2
import { pbkdf2Sync } from 'node:crypto'

export const encryptionKey = (passphrase: string, salt: Buffer) =>
  pbkdf2Sync(passphrase, salt, 600_000, 16, 'sha256') // expect: shortKey

// ---- a-derived-key-of-thirty-two
import { scryptSync } from 'node:crypto'

export function open(passphrase: string, salt: Buffer) {
  const key = scryptSync(passphrase, salt, 32)
  return key
}

// ---- a-key-derived-by-promised-scrypt.js
const { promisify } = require('util')
const { scrypt } = require('crypto')

const scryptAsync = promisify(scrypt)

exports.deriveKey = async (passphrase, salt) => {
  const derivedKey = await scryptAsync(passphrase, salt, 24) // expect: shortKey
  return derivedKey
}

// ---- a-key-derived-by-scrypt
import { scryptSync } from 'node:crypto'

export function open(passphrase: string, salt: Buffer) {
  const key = scryptSync(passphrase, salt, 16) // expect: shortKey
  return key
}

// ---- a-key-derived-in-two-halves
import { scryptSync } from 'node:crypto'

export function keysOf(passphrase: string, salt: Buffer) {
  const material = scryptSync(passphrase, salt, 64)
  return { encryptionKey: material.subarray(0, 32), macKey: material.subarray(32) }
}

// ---- a-method-of-a-class
import { randomBytes } from 'node:crypto'

export class Issuer {
  createApiKey(): string {
    return randomBytes(18).toString('base64url') // expect: shortKey
  }
}

// ---- a-size-that-is-not-known
import { randomBytes } from 'node:crypto'

export function createApiKey(bytes: number) {
  const apiKey = randomBytes(bytes)
  return apiKey
}

// ---- a-part-of-base64
import { randomBytes } from 'node:crypto'

export const secret = randomBytes(64).toString('base64url').substring(0, 32) // expect: shortKey

// ---- cut-but-long-enough
import { randomBytes } from 'node:crypto'

export const token = randomBytes(64).toString('hex').slice(0, 64)

// ---- a-property
import { randomBytes } from 'node:crypto'

export const client = { id: 'frontend', clientSecret: randomBytes(24) } // expect: shortKey

// ---- thirty-two-bytes
import { randomBytes } from 'node:crypto'

export const apiKey = randomBytes(32)

// ---- a-random-uuid
import { randomUUID } from 'node:crypto'

export const apiKey = randomUUID() // expect: shortKey

// ---- tokens-that-give-no-access
import { randomUUID } from 'node:crypto'

export const idempotencyToken = randomUUID()
export const cancelToken = randomUUID()
export const cacheKey = randomUUID()

// ---- a-size-that-is-computed
import { randomBytes } from 'node:crypto'

const size = 8 * 2
export const signingKey = randomBytes(size) // expect: shortKey

// ---- ids-of-keys
import { randomBytes } from 'node:crypto'

export const apiKeyId = randomBytes(8).toString('hex')
export const keyPrefix = randomBytes(4)

// ---- a-uuid-of-the-library.js
const { v4: uuid } = require('uuid')

exports.createClient = (name) => ({ name, clientSecret: uuid() }) // expect: shortKey

// ---- assigned-later
import { randomBytes } from 'node:crypto'

let passphrase
passphrase = randomBytes(8) // expect: shortKey
export { passphrase }

// ---- salts-and-nonces
import { randomBytes } from 'node:crypto'

const salt = randomBytes(16)
const iv = randomBytes(12)
const nonce = randomBytes(8)
export { iv, nonce, salt }

// ---- cut-down-to-half
import { randomBytes } from 'node:crypto'

export const sessionToken = randomBytes(32).toString('hex').slice(0, 32) // expect: shortKey

// ---- two-parts-together
import { randomBytes } from 'node:crypto'

export const apiKey = randomBytes(48).toString('base64').slice(0, 43) + randomBytes(16)

// ---- nanoid-as-it-comes
import { nanoid } from 'nanoid'

export const apiKey = nanoid() // expect: shortKey

// ---- nanoid-of-forty-three
import { nanoid } from 'nanoid'

export const apiKey = nanoid(43)

// ---- nanoid-of-thirty-two
import { nanoid } from 'nanoid'

export function issueApiKey(owner: string) {
  const apiKey = `rk_${nanoid(32)}` // expect: shortKey
  return { owner, apiKey }
}

// ---- sixteen-random-bytes
import { randomBytes } from 'node:crypto'

export const apiKey = randomBytes(16) // expect: shortKey

// ---- not-the-bytes-themselves
import { randomBytes } from 'node:crypto'

const { length } = randomBytes(4)
export const cacheKey = `user-${length}`

// ---- thirty-two-hexadecimal-characters
import { randomBytes } from 'node:crypto'

const apiKey = randomBytes(16).toString('hex') // expect: shortKey
export default apiKey

// ---- ids
import { randomBytes, randomUUID } from 'node:crypto'

export const id = randomBytes(4).toString('hex')
export const requestId = randomUUID()

// ---- web-crypto-values
const key = crypto.getRandomValues(new Uint8Array(16)) // expect: shortKey
export { key }

// ---- web-crypto-values-clean
const key = crypto.getRandomValues(new Uint8Array(32))
const salt = crypto.getRandomValues(new Uint8Array(16))
export { key, salt }

// ---- what-a-function-gives-back.js
const crypto = require('crypto')

function createToken() {
  return crypto.randomBytes(20).toString('hex') // expect: shortKey
}
module.exports = { createToken }

// ---- thirty-two-bytes-in-hexadecimal.js
const { randomBytes } = require('crypto')

const apiKey = randomBytes(32).toString('hex')
module.exports = apiKey

// ---- what-an-arrow-function-gives-back
import { randomBytes } from 'node:crypto'

export const createApiKey = () => randomBytes(20).toString('hex') // expect: shortKey

// ---- a-derived-check-value
import { pbkdf2Sync } from 'node:crypto'

export function verifierOf(password: string, salt: Buffer) {
  const passwordHash = pbkdf2Sync(password, salt, 600_000, 20, 'sha1')
  return passwordHash.toString('hex')
}

// ---- a-short-id-of-nanoid
import { nanoid } from 'nanoid'

export const slug = nanoid(10)
export const listKey = `item-${nanoid()}`
