// ---- a-secret-of-a-literal
import { Secret } from '../../secret.ts'

export const key = Secret.of('RANDOM_BASE64URL_43', 'API key') // expect: givenSecret

// ---- a-label-of-a-secret
import { Secret } from '../../secret.ts'

export const read = (text: string) => Secret.of(text, 'RANDOM_ALNUM_40')

// ---- a-secret-of-a-word
import { Secret } from '../../secret.ts'

export const password = Secret.of('postgres', 'database password') // expect: givenSecret

// ---- a-random-secret
import { randomBytes } from 'node:crypto'
import { Secret } from '../../secret.ts'

export const key = Secret.of(randomBytes(32).toString('base64url'), 'session key')

// ---- a-signature-of-a-payment.js
const crypto = require('crypto')

app.post('/verify', (req, res) => {
  const expected = crypto
    .createHmac('sha256', 'RANDOM_ALNUM_24') // expect: givenSecret
    .update(`${req.body.orderId}|${req.body.paymentId}`)
    .digest('hex')
  res.json({ ok: expected === req.body.signature })
})

// ---- a-strategy.js
const FacebookStrategy = require('passport-facebook').Strategy

module.exports = new FacebookStrategy({ clientID: '1095165', clientSecret: 'RANDOM_HEX_32' }, login) // expect: givenSecret

// ---- cookie-parser.js
const cookieParser = require('cookie-parser')

app.use(cookieParser('secret')) // expect: givenSecret

// ---- create-cipheriv
import { createCipheriv, randomBytes } from 'node:crypto'

const KEY = Buffer.from('RANDOM_HEX_64', 'hex') // expect: givenSecret

export const encrypt = () => createCipheriv('aes-256-gcm', KEY, randomBytes(12))

// ---- create-hmac-with-a-name-for-the-key
import * as crypto from 'crypto'

const PRIVATE = 's3cr3t-signing' // expect: givenSecret

export const sign = (body: string) => crypto.createHmac('sha1', PRIVATE).update(body).digest()

// ---- create-hmac
import { createHmac } from 'node:crypto'

export const sign = (body: string) => createHmac('sha256', 'webhook').update(body).digest('hex') // expect: givenSecret

// ---- a-label-that-separates-domains
import { createHmac } from 'node:crypto'

const DOMAIN = 'acme/audit-log/v1'

export const tag = (secret: string) => createHmac('sha256', DOMAIN).update(secret).digest('hex')

// ---- create-secret-key
import { createSecretKey } from 'node:crypto'

export const key = createSecretKey('RANDOM_HEX_64', 'hex') // expect: givenSecret

// ---- a-hash-without-a-key
import { createHash } from 'node:crypto'

export const id = createHash('sha256').update('static text').digest('hex')

// ---- express-session.js
const session = require('express-session')

app.use(session({ secret: 'keyboard cat', resave: false, saveUninitialized: true })) // expect: givenSecret

// ---- hashing-a-password
import bcrypt from 'bcrypt'

export const admin = async () => ({ name: 'admin', hash: await bcrypt.hash('admin', 10) }) // expect: givenSecret

// ---- hashing-with-a-public-key-of-hmac.js
const crypto = require('crypto')

const hashEmail = (email) =>
  crypto.createHmac('sha256', '#un&Petit%Chien').update(email).digest('hex') // expect: givenSecret

module.exports = { hashEmail }

// ---- jose
import { SignJWT } from 'jose'

const key = new TextEncoder().encode('jose-secret') // expect: givenSecret

export const issue = () => new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).sign(key)

// ---- jwt-sign
import jwt from 'jsonwebtoken'

export const issue = (id: string) => jwt.sign({ id }, 'secret', { expiresIn: '1h' }) // expect: givenSecret

// ---- jwt-verify-with-a-constant.js
const jwt = require('jsonwebtoken')

const key = 'my-super-secret' // expect: givenSecret

module.exports = (token) => jwt.verify(token, key)

// ---- next-auth
import NextAuth from 'next-auth'

export default NextAuth({ providers: [], secret: 'nextauth' }) // expect: givenSecret

// ---- passport-jwt
import { Strategy } from 'passport-jwt'

export const strategy = new Strategy({ secretOrKey: 'nestjs', jwtFromRequest: () => null }, () => 1) // expect: givenSecret

// ---- passport.js
const { Strategy } = require('passport-google-oauth20')

passport.use(
  new Strategy({ clientID: '123-abc', clientSecret: 'shhh', callbackURL: '/callback' }, verify), // expect: givenSecret
)

// ---- scrypt.js
const { scryptSync } = require('crypto')

module.exports = scryptSync('correct horse', 'salt', 32) // expect: givenSecret

// ---- a-comparison-by-the-type
export const looksMasked = (connection: { password?: unknown }) =>
  typeof connection.password === 'string' && connection.password.includes('*')

// ---- a-comparison-of-digests
import { createHmac, timingSafeEqual } from 'node:crypto'

const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest()

export const isEqual = (given: string, password: string) =>
  timingSafeEqual(digest(given), digest(password))

// ---- a-cookie-name
import session from 'express-session'

export const sessions = (secret: string) => session({ name: 'shop.sid', secret, resave: false })

// ---- a-key-from-elsewhere
import { createHmac } from 'node:crypto'
import jwt from 'jsonwebtoken'
import type { Secret } from '../../secret.ts'

export const sign = (key: Secret, text: string) => [
  jwt.sign({ text }, key.expose()),
  createHmac('sha256', key.expose()).update(text).digest('hex'),
]

// ---- a-label-for-a-derived-key
import { createHmac } from 'node:crypto'

export const salt = (masterKey: string) =>
  createHmac('sha256', 'shop-key-derivation').update(masterKey).digest().subarray(0, 16)

// ---- a-label-that-a-protocol-asks-for
import { createHmac } from 'node:crypto'

// https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
export const secretKey = (botToken: string) =>
  createHmac('sha256', 'WebAppData').update(botToken).digest()

// ---- a-parser-of-a-command-line
import { parseArgs } from 'node:util'

export const { values } = parseArgs({
  options: { password: { type: 'string', short: 'p' }, token: { type: 'string' } },
})

// ---- a-salt
import { createHmac, hkdfSync } from 'node:crypto'

const HKDF_SALT = 'acme.session.2024'

export const extract = (secret: Buffer) => createHmac('sha256', HKDF_SALT).update(secret).digest()
export const derive = (secret: Buffer) => hkdfSync('sha256', secret, HKDF_SALT, 'info', 32)

// ---- test-vectors
import { createHmac } from 'node:crypto'

// RFC 4231, section 4.3
export const testVector = { key: 'Jefe', data: 'what do ya want for nothing?' }
export const isRight = () => createHmac('sha256', testVector.key).update(testVector.data).digest()

// ---- a-cipher-of-crypto-js.js
const CryptoJS = require('crypto-js')
exports.seal = (text) => CryptoJS.AES.encrypt(text, 'abc').toString() // expect: givenSecret
exports.key = (text) => CryptoJS.AES.encrypt(text, CryptoJS.enc.Utf8.parse('abc')) // expect: givenSecret

// ---- a-client-by-its-type
import type { Client } from 'ldapts'
import { Client as Ldap } from 'ldapts'
export const make = () => new Ldap({ url: 'ldap://directory' })
export async function login(client: Client) {
  await client.bind('cn=root', 'secret') // expect: givenSecret
}

// ---- a-jwt-assigned-later.js
const jwt = require('jsonwebtoken')
let secret
if (process.env.SECRET) secret = process.env.SECRET
else secret = 'abc' // expect: givenSecret
exports.verify = (token) => jwt.verify(token, secret)

// ---- a-jwt-of-a-parameter
import jwt from 'jsonwebtoken'
const sign = (user: string, secret: string) => jwt.sign({ user }, secret)
export const login = (user: string) => sign(user, 'abc') // expect: givenSecret

// ---- a-key-of-a-parameter-without-a-caller
import jwt from 'jsonwebtoken'
export const sign = (user: string, secret: string) => jwt.sign({ user }, secret)

// ---- a-jwt-of-either.js
const jwt = require('jsonwebtoken')
const isLive = process.env.LIVE === '1'
const secret = isLive ? process.env.SECRET : 'abc' // expect: givenSecret
exports.verify = (token) => jwt.verify(token, secret)

// ---- a-jwt-with-a-buffer
import jwt from 'jsonwebtoken'
const key = Buffer.from('abc', 'utf8') // expect: givenSecret
export const sign = (user: string) => jwt.sign({ user }, key)

// ---- x-repeated
import jwt from 'jsonwebtoken'
export const sign = () => jwt.sign({}, 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')

// ---- a-jwt-with-a-fallback.js
const jwt = require('jsonwebtoken')
const { JWT_SECRET = 'abc' } = process.env // expect: givenSecret
exports.verify = (token) => jwt.verify(token, JWT_SECRET)

// ---- a-mac-of-forge.js
const forge = require('node-forge')
const hmac = forge.hmac.create()
hmac.start('sha256', 'abc') // expect: givenSecret

// ---- a-passphrase-of-a-private-key
import { createPrivateKey } from 'node:crypto'
export const open = (pem: string) => createPrivateKey({ key: pem, passphrase: 'abc' }) // expect: givenSecret

// ---- bytes-as-a-key
import { createCipheriv, randomBytes } from 'node:crypto'
const key = new Uint8Array([1, 7, 3, 9, 12, 5, 44, 8, 11, 2, 90, 61, 33, 14, 15, 10]) // expect: givenSecret
export const cipher = createCipheriv('aes-128-cbc', key, randomBytes(16))

// ---- compared-by-bcrypt
import bcrypt from 'bcrypt'
export const isAdmin = (hash: string) => bcrypt.compare('admin', hash) // expect: givenSecret

// ---- cookie-session-keys.js
const session = require('cookie-session')
module.exports = session({ name: 's', keys: ['one', 'two'] }) // expect: givenSecret

// ---- express-jwt.js
const { expressjwt } = require('express-jwt')
module.exports = expressjwt({ secret: 'abc', algorithms: ['HS256'] }) // expect: givenSecret

// ---- iron-session
import { getIronSession } from 'iron-session'
export const session = (req: Request, res: Response) =>
  getIronSession(req, res, { cookieName: 's', password: 'shop-shop-shop-2' }) // expect: givenSecret

// ---- jose-of-a-secret-key
import { createSecretKey } from 'node:crypto'
import { jwtVerify } from 'jose'
const key = createSecretKey('abc', 'utf8') // expect: givenSecret
export const verify = (token: string) => jwtVerify(token, key)

// ---- jose-of-an-encoder
import { SignJWT } from 'jose'
export const sign = () =>
  new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode('abc')) // expect: givenSecret

// ---- jwt-of-fastify
import jwt from '@fastify/jwt'
import fastify from 'fastify'
const app = fastify()
app.register(jwt, { secret: 'abc' }) // expect: givenSecret

// ---- koa-jwt.js
const jwt = require('koa-jwt')
module.exports = jwt({ secret: 'abc' }) // expect: givenSecret

// ---- a-place-for-a-password
import { Client } from 'pg'
export const client = new Client({ password: '<password>' })

// ---- an-address-without-a-login
import mqtt from 'mqtt'
export const client = mqtt.connect('mqtt://broker:1883', { username: 'sensor', clientId: 'abc' })

// ---- one-of-a-list.js
const redis = require('redis')
const passwords = ['abc', 'def'] // expect: givenSecret
for (const password of passwords) redis.createClient({ password })

// ---- options-behind-this
import mongoose from 'mongoose'
export class Database {
  readonly #options = { user: 'app', pass: 'abc' } // expect: givenSecret
  connect() {
    return mongoose.connect('mongodb://db/shop', this.#options)
  }
}

// ---- options-by-environment.js
const { Client } = require('pg')
const configs = {
  dev: { host: 'localhost', password: 'abc' }, // expect: givenSecret
  live: { host: 'db', password: process.env.DB_PASSWORD },
}
module.exports = new Client(configs[process.env.NODE_ENV])

// ---- options-from-the-environment.js
const { Client } = require('pg')
const options = { host: 'db', user: 'app', password: process.env.DB_PASSWORD || '' }
module.exports = new Client(options)

// ---- options-in-an-assigned-object.js
const { Client } = require('pg')
const base = { host: 'db', user: 'app' }
const options = Object.assign({}, base, { password: 'abc' }) // expect: givenSecret
module.exports = new Client(options)

// ---- options-of-a-module.js
const Sequelize = require('sequelize')
const db = { name: 'shop', user: 'app', password: 'abc' } // expect: givenSecret
module.exports = new Sequelize(db.name, db.user, db.password, { dialect: 'postgres' })

// ---- options-that-are-spread
import { Client } from 'pg'
const login = { user: 'app', password: 'abc' } // expect: givenSecret
export const client = new Client({ host: 'db', ...login })

// ---- web-crypto-import
const key = new TextEncoder().encode('abc') // expect: givenSecret
export const imported = () =>
  crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])

// ---- a-page-token
import { google } from 'googleapis'
export const list = () => google.drive('v3').files.list({ pageToken: 'abc', fields: 'files(id)' })

// ---- a-scheme-that-is-asked-for
export const needs = { headers: { authorization: 'Bearer' } }

// ---- names-of-fields-of-a-strategy.js
const { Strategy } = require('passport-local')
module.exports = new Strategy({ usernameField: 'email', passwordField: 'passwd' }, () => {})

// ---- a-client-in-a-function-of-options
import { createClient } from 'redis'
interface Options {
  host: string
  password?: string
}
const open = ({ host, password = 'abc' }: Options) => createClient({ socket: { host }, password }) // expect: givenSecret
export const cache = open({ host: 'cache' })

// ---- a-getter
import jwt from 'jsonwebtoken'
export class Tokens {
  get #key() {
    return 'abc' // expect: givenSecret
  }
  sign(user: string) {
    return jwt.sign({ user }, this.#key)
  }
}

// ---- a-jwt-of-jsrsasign.js
const { KJUR } = require('jsrsasign')
exports.sign = (header, claims) => KJUR.jws.JWS.sign('HS256', header, claims, 'abc') // expect: givenSecret

// ---- a-key-in-an-enum-of-constants
import jwt from 'jsonwebtoken'
const KEYS = { access: 'abc', refresh: 'def' } as const // expect: givenSecret
export const sign = (user: string) => jwt.sign({ user }, KEYS.access)

// ---- a-list-that-is-joined-into-a-key
import jwt from 'jsonwebtoken'
const parts = ['ab', 'cd']
export const sign = (user: string) => jwt.sign({ user }, parts.join('-')) // expect: givenSecret

// ---- a-private-key-by-its-passphrase
import https from 'node:https'
export const serve = (pfx: Buffer) => https.createServer({ pfx, passphrase: 'abc' }) // expect: givenSecret

// ---- a-promise-of-a-key
import jwt from 'jsonwebtoken'
const loadKey = async () => 'abc' // expect: givenSecret
export const sign = async (user: string) => jwt.sign({ user }, await loadKey())

// ---- a-replaced-key
import jwt from 'jsonwebtoken'
const key = 'a-b-c'.replace(/-/g, '') // expect: givenSecret
export const sign = (user: string) => jwt.sign({ user }, key)

// ---- a-service-of-nest
import { JwtService } from '@nestjs/jwt'
export class Tokens {
  constructor(private readonly jwt: JwtService) {}
  sign(user: string) {
    return this.jwt.sign({ user }, { secret: 'abc' }) // expect: givenSecret
  }
}

// ---- a-static-field
import jwt from 'jsonwebtoken'
export class Tokens {
  static readonly key = 'abc' // expect: givenSecret
  sign = (user: string) => jwt.sign({ user }, Tokens.key)
}

// ---- a-strategy-of-hapi.js
const Hapi = require('@hapi/hapi')
const server = Hapi.server()
server.auth.strategy('session', 'cookie', { cookie: { name: 'sid', password: 'abcdef' } }) // expect: givenSecret

// ---- an-enum
import jwt from 'jsonwebtoken'
enum Key {
  Access = 'abc', // expect: givenSecret
}
export const sign = (user: string) => jwt.sign({ user }, Key.Access)

// ---- jose-of-old.js
const { JWK, JWT } = require('jose')
exports.sign = (claims) => JWT.sign(claims, JWK.asKey('abc')) // expect: givenSecret
exports.verify = (token) => JWT.verify(token, 'abc') // expect: givenSecret

// ---- options-under-another-name
import mysql from 'mysql2'
const { secret: password } = { secret: 'abc' } // expect: givenSecret
export const pool = mysql.createPool({ host: 'db', password })

// ---- the-session-of-old-express.js
const express = require('express')
const app = express()
app.use(express.cookieParser('abc')) // expect: givenSecret
app.use(express.session({ secret: 'abc' })) // expect: givenSecret

// ---- labels-of-random-keys.js
const { createHmac, randomBytes } = require('node:crypto')
const make = (label) => createHmac('sha256', label).update(randomBytes(32)).digest('hex')
module.exports = { client: make('client'), browser: make('browser'), phone: make('phone') }

// ---- the-head-of-a-format-before-the-bytes-of-a-key
import { createPrivateKey } from 'node:crypto'
const HEAD = Buffer.from('302e020100300506032b657004220420', 'hex')
export const keyOf = (seed: Buffer) => createPrivateKey({ key: Buffer.concat([HEAD, seed]), format: 'der', type: 'pkcs8' })

// ---- a-password-that-a-method-sets.js
exports.seed = (users) => users.setPassword('root', 'hunter2!') // expect: namedSecret

// ---- a-password-that-is-checked.js
exports.isWeak = (rules) => rules.checkPassword('hunter2!')

// ---- a-password-that-is-made-of-what-is-given.js
exports.seed = (users, given) => users.changePassword('administrator', given)
