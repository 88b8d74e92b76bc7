// ---- a-buffer-of-two-halves
import { createSecretKey } from 'node:crypto'

export const key = createSecretKey(Buffer.from('RANDOM_HEX_16' + 'RANDOM_HEX_16', 'hex')) // expect: shortKey

// ---- a-secret-key-of-thirty-two
import { createSecretKey } from 'node:crypto'

export const key = createSecretKey('RANDOM_HEX_64', 'hex')

// ---- a-cookie-secret-of-fastify
import cookie from '@fastify/cookie'
import Fastify from 'fastify'

const app = Fastify()
await app.register(cookie, { secret: 'RANDOM_ALNUM_16' }) // expect: shortKey
export { app }

// ---- a-generated-hmac-key
import { generateKeySync } from 'node:crypto'

export const key = generateKeySync('hmac', { length: 128 }) // expect: shortKey

// ---- a-generated-aes-256-key
import { generateKeySync } from 'node:crypto'

export const key = generateKeySync('aes', { length: 256 })

// ---- a-hexadecimal-secret-key
import { createSecretKey } from 'node:crypto'

const k = 'RANDOM_HEX_32'
export const key = createSecretKey(k, 'hex') // expect: shortKey

// ---- a-jwt-middleware-of-hono
import { Hono } from 'hono'
import { jwt } from 'hono/jwt'

const app = new Hono()
app.use('/api/*', jwt({ secret: 'RANDOM_ALNUM_12', alg: 'HS256' })) // expect: shortKey
export default app

// ---- a-jwt-of-jose
import { SignJWT } from 'jose'

export const issue = (user: string) =>
  new SignJWT({ sub: user })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode('RANDOM_ALNUM_16')) // expect: shortKey

// ---- a-jwt-of-jose-clean
import { SignJWT } from 'jose'

export const issue = (user: string) =>
  new SignJWT({ sub: user })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode('RANDOM_BASE64URL_43'))

// ---- a-jwt-secret-of-eight.js
const jwt = require('jsonwebtoken')

exports.issue = (user) => jwt.sign({ sub: user.id }, 'RANDOM_HEX_8') // expect: shortKey

// ---- a-jwt-verified-by-jose
import { jwtVerify } from 'jose'

const key = Buffer.from('RANDOM_ALNUM_24')

export const verify = (token: string) => jwtVerify(token, key) // expect: shortKey

// ---- a-public-key-verified-by-jose
import { importSPKI, jwtVerify } from 'jose'

export const verify = async (token: string, pem: string) =>
  jwtVerify(token, await importSPKI(pem, 'EdDSA'))

// ---- a-secret-key-for-jose
import { createSecretKey } from 'node:crypto'
import * as jose from 'jose'

const key = createSecretKey(Buffer.from('RANDOM_HEX_48', 'hex')) // expect: shortKey

export const encrypt = (payload: jose.JWTPayload) =>
  new jose.EncryptJWT(payload).setProtectedHeader({ alg: 'dir', enc: 'A192GCM' }).encrypt(key) // expect: shortKey

// ---- a-session-secret
import session from 'express-session'

export const middleware = session({ secret: ['RANDOM_HEX_16'], resave: false }) // expect: shortKey

// ---- a-text-to-an-hmac
import { createHmac } from 'node:crypto'

export const mac = (text: string) => createHmac('sha256', 'RANDOM_HEX_32').update(text).digest() // expect: shortKey

// ---- a-hexadecimal-text-of-sixty-four
import { createHmac } from 'node:crypto'

export const mac = createHmac('sha256', 'RANDOM_HEX_64').update('x').digest()

// ---- aes-128
import { createCipheriv, randomBytes } from 'node:crypto'

export const cipher = createCipheriv('aes-128-gcm', randomBytes(16), randomBytes(12)) // expect: shortKey

// ---- keys-of-koa.js
const Koa = require('koa')

const app = new Koa()
app.keys = ['RANDOM_ALNUM_16', 'RANDOM_ALNUM_20'] // expect: shortKey
module.exports = app

// ---- random-bytes-to-an-hmac
import { createHmac, randomBytes } from 'node:crypto'

export const mac = createHmac('sha256', randomBytes(16)).update('x').digest() // expect: shortKey

// ---- not-the-key-but-the-text
import { createHmac } from 'node:crypto'

export const mac = (key: Buffer) => createHmac('sha256', key).update('short').digest()

// ---- web-crypto-derives-aes-128
export const derive = (base: CryptoKey, salt: Uint8Array<ArrayBuffer>) =>
  crypto.subtle.deriveKey( // expect: shortKey
    { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: 600_000 },
    base,
    { name: 'AES-GCM', length: 128 },
    false,
    ['encrypt'],
  )

// ---- web-crypto-derives-aes-256
export const derive = (base: CryptoKey, salt: Uint8Array<ArrayBuffer>) =>
  crypto.subtle.deriveKey(
    { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: 600_000 },
    base,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt'],
  )

// ---- web-crypto-generates-a-short-hmac-key
import { webcrypto } from 'node:crypto'

export const makeKey = () =>
  webcrypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256', length: 160 }, false, ['sign']) // expect: shortKey

// ---- web-crypto-generates-aes-128
export const makeKey = () =>
  crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, true, ['encrypt', 'decrypt']) // expect: shortKey

// ---- web-crypto-generates-aes-256
export const makeKey = () =>
  crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt', 'decrypt'])

// ---- web-crypto-imports-a-short-key
const raw = new TextEncoder().encode('RANDOM_ALNUM_20')

export const hmacKey = await crypto.subtle.importKey(
  'raw',
  raw, // expect: shortKey
  { name: 'HMAC', hash: 'SHA-256' },
  false,
  ['sign'],
)

// ---- zeros
import { createSecretKey } from 'node:crypto'

export const key = createSecretKey(Buffer.alloc(16)) // expect: shortKey

// ---- a-key-of-the-environment.js
const { createHmac } = require('crypto')

exports.mac = (text) => createHmac('sha256', process.env.KEY).update(text).digest('hex')

// ---- a-session-secret-of-the-environment.js
const session = require('express-session')

module.exports = session({ secret: process.env.SESSION_SECRET, name: 'sid' })

// ---- web-crypto-imports-a-password
const encoder = new TextEncoder()

export const importPassword = (password: string) =>
  crypto.subtle.importKey('raw', encoder.encode(password), 'PBKDF2', false, ['deriveKey'])

export const testKey = () =>
  crypto.subtle.importKey('raw', encoder.encode('correct horse'), 'PBKDF2', false, ['deriveBits'])

// ---- a-key-behind-this
import { createHmac, randomBytes } from 'node:crypto'
export class Signer {
  readonly #key = randomBytes(16) // expect: shortKey
  sign(text: string) {
    return createHmac('sha256', this.#key).update(text).digest()
  }
}

// ---- a-key-object-of-few-bits
import { generateKeySync } from 'node:crypto'
export const key = generateKeySync('hmac', { length: 64 }) // expect: shortKey

// ---- a-key-of-a-parameter
import { createHmac, randomBytes } from 'node:crypto'
const mac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest() // expect: shortKey
export const one = mac(randomBytes(8), 'x')

// ---- a-mac-of-random-bytes.js
const crypto = require('crypto')
const key = crypto.randomBytes(8) // expect: shortKey
exports.mac = (text) => crypto.createHmac('sha256', key).update(text).digest()

// ---- a-mac-of-web-crypto
export const make = () =>
  crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256', length: 64 }, false, ['sign']) // expect: shortKey

// ---- a-secret-of-jose
import { generateSecret, SignJWT } from 'jose'
import { randomBytes } from 'node:crypto'
export const sign = () => new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).sign(randomBytes(16)) // expect: shortKey

// ---- bytes-of-forge.js
const forge = require('node-forge')
const key = forge.random.getBytesSync(8) // expect: shortKey
const cipher = forge.cipher.createCipher('AES-CBC', key)
const other = forge.rc2.createEncryptionCipher(forge.random.getBytesSync(5)) // expect: shortKey
const derived = forge.pkcs5.pbkdf2('word', salt, 100000, 8) // expect: shortKey

// ---- des.js
const { createCipheriv } = require('crypto')
exports.seal = (key, iv) => createCipheriv('des-cbc', key, iv) // expect: shortKey

// ---- key-sizes-of-crypto-js.js
const CryptoJS = require('crypto-js')
exports.key = (word, salt) => CryptoJS.PBKDF2(word, salt, { keySize: 128 / 32, iterations: 600000 }) // expect: shortKey

// ---- sizes-of-crypto-js.js
const CryptoJS = require('crypto-js')
exports.key = (word, salt) => CryptoJS.PBKDF2(word, salt, { keySize: 256 / 32, iterations: 600000 })
exports.seal = (text, key) => CryptoJS.AES.encrypt(text, key).toString()

// ---- rc4-of-forty-bits.js
const { createCipheriv } = require('crypto')
exports.seal = (key) => createCipheriv('rc4-40', key, null) // expect: shortKey

// ---- sizes-of-node-jose.js
const jose = require('node-jose')
const store = jose.JWK.createKeyStore()
store.generate('oct', 64, { alg: 'HS256' }) // expect: shortKey
jose.JWK.createKey('RSA', 1024, {}) // expect: shortModulus
