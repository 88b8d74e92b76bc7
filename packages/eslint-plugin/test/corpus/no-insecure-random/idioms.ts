// ---- a-token-of-a-template
export const resetToken = `rst_${Math.random()}` // expect: guessable

// ---- a-token-in-a-destructured-object
export const { token, expires } = { token: Math.random().toString(36), expires: 3600 } // expect: guessable

// ---- a-field-of-a-class
export class Session {
  readonly csrfToken = Math.random().toString(16).slice(2) // expect: guessable
}

// ---- a-hash-private-key
export class Vault {
  #encryptionKey = String(Math.random()) // expect: guessable
  seal = (text: string) => `${this.#encryptionKey}${text}`
}

// ---- a-default-of-a-parameter.js
function createInvite(email, inviteToken = Math.random().toString(36).substring(2)) { // expect: guessable
  return save({ email, inviteToken })
}
module.exports = createInvite

// ---- in-a-cookie.js
app.get('/', (req, res) => {
  res.cookie('sessionId', Math.random().toString(36)) // expect: guessable
  res.end()
})

// ---- in-local-storage.js
localStorage.setItem('authToken', Math.random().toString(36)) // expect: guessable

// ---- in-a-map-by-its-name.js
const values = new Map()
values.set('secretKey', Math.random().toString(36)) // expect: guessable

// ---- in-a-column-default.js
module.exports = (sequelize, DataTypes) =>
  sequelize.define('User', {
    apiKey: { type: DataTypes.STRING, defaultValue: () => Math.random().toString(36).slice(2) }, // expect: guessable
  })

// ---- in-a-schema-of-mongoose.js
const { Schema } = require('mongoose')

module.exports = new Schema({
  verificationToken: { type: String, default: () => Math.random().toString(36) }, // expect: guessable
})

// ---- in-a-hook-before-save.js
schema.pre('save', function (next) {
  this.apiToken = Math.random().toString(36).substr(2) // expect: guessable
  next()
})

// ---- the-secret-of-a-session-store.js
const session = require('express-session')

app.use(session({ secret: Math.random().toString(), resave: false })) // expect: guessable

// ---- the-id-of-a-session.js
const session = require('express-session')

app.use(session({ secret: load(), genid: () => String(Math.random()) })) // expect: guessable

// ---- a-password-hashed-by-bcrypt.js
const bcrypt = require('bcrypt')

exports.invite = async (email) => {
  const generated = Math.random().toString(36).slice(-8) // expect: guessable
  await save(email, await bcrypt.hash(generated, 12))
}

// ---- an-iv-of-a-cipher.js
const crypto = require('crypto')

exports.seal = (key, text) => {
  const start = Buffer.from(Math.random().toString().slice(2, 18)) // expect: guessable
  return crypto.createCipheriv('aes-256-cbc', key, start).update(text)
}

// ---- a-jwt-id
import jwt from 'jsonwebtoken'

declare const key: string
export const sign = (sub: string) =>
  jwt.sign({ sub }, key, { jwtid: Math.random().toString(36) })

// ---- the-state-of-an-oauth-flow
export const authorize = () => {
  const state = Math.random().toString(36).substring(7) // expect: guessable
  return `https://login.example.com/authorize?client_id=orders&state=${state}`
}

// ---- the-verifier-of-pkce
export function createVerifier() {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'
  let codeVerifier = ''
  for (let i = 0; i < 64; i++) codeVerifier += letters[Math.floor(Math.random() * letters.length)] // expect: guessable
  return codeVerifier
}

// ---- spread-of-an-array
export const accessToken = [...Array(32)].map(() => Math.floor(Math.random() * 16).toString(16)).join('') // expect: guessable

// ---- typed-bytes
export function nonce() {
  const bytes = new Uint8Array(16)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.random() * 256 // expect: guessable
  return bytes
}

// ---- bytes-of-a-mapped-array
export const salt = Buffer.from(Array.from({ length: 16 }, () => Math.random() * 256)) // expect: guessable

// ---- a-reducer
export const otp = Array.from({ length: 6 }).reduce<string>((sum) => sum + Math.floor(Math.random() * 10), '') // expect: guessable

// ---- a-computed-random.js
const token = Math['random']().toString(36) // expect: guessable
module.exports = { token }

// ---- a-destructured-random.js
// missed
const { random, floor } = Math
exports.pin = () => floor(1000 + random() * 9000)

// ---- random-of-the-window.js
const nonce = window.Math.random().toString(36) // expect: guessable
document.cookie = `nonce=${nonce}`

// ---- a-code-padded
export const verificationCode = () => String(Math.trunc(Math.random() * 1e6)).padStart(6, '0') // expect: guessable

// ---- a-license-in-groups
const group = () => Math.random().toString(36).substring(2, 6).toUpperCase() // expect: guessable
export const licenseKey = () => [group(), group(), group()].join('-')

// ---- a-uuid-by-a-replacer.js
const generateSessionToken = () =>
  'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, (c) => {
    const r = (Math.random() * 16) | 0 // expect: guessable
    return (c === 'x' ? r : (r & 0x3) | 0x8).toString(16)
  })
module.exports = generateSessionToken

// ---- the-time-in-base-36
export const shareToken = Date.now().toString(36) + Math.random().toString(36) // expect: guessable

// ---- the-time-of-a-new-date.js
exports.resetKey = () => new Date().getTime().toString(16) // expect: guessable

// ---- sha-of-random.js
const crypto = require('crypto')

exports.confirmToken = () => crypto.createHash('sha1').update(String(Math.random())).digest('hex') // expect: guessable

// ---- randomatic.js
const randomatic = require('randomatic')

exports.password = () => randomatic('Aa0', 10)

// ---- randomstring.js
const randomstring = require('randomstring')

exports.temporaryPassword = () => randomstring.generate(12)

// ---- shortid.js
const shortid = require('shortid')

exports.resetToken = () => shortid.generate() // expect: guessable

// ---- hat.js
const hat = require('hat')

exports.sessionToken = () => hat() // expect: guessable

// ---- random-number.js
const rn = require('random-number')

exports.otp = () => rn({ min: 100000, max: 999999, integer: true }) // expect: guessable

// ---- unique-string-of-lodash.js
const _ = require('lodash')

exports.apiKey = () => _.uniqueId('key_') // expect: guessable

// ---- shuffle-of-lodash
import { shuffle } from 'lodash-es'

export const password = () => shuffle([...'abcdefghijkmnpqrstuvwxyz23456789']).slice(0, 12).join('') // expect: guessable

// ---- pure-rand
// missed
import { xoroshiro128plus } from 'pure-rand'

export const secretSeed = xoroshiro128plus(Date.now()).next()[0]

// ---- a-uuid-of-given-numbers.js
import { v4 } from 'uuid'

export const sessionToken = v4({ random: Array.from({ length: 16 }, () => Math.floor(Math.random() * 256)) }) // expect: guessable

// ---- a-generator-of-passwords
import generator from 'generate-password'

export const password = generator.generate({ length: 12, numbers: true })

// ---- a-picked-greeting-before-a-login.js
exports.greet = (user) => ({
  text: ['Hello', 'Welcome'][Math.floor(Math.random() * 2)],
  token: user.token,
})

// ---- the-width-of-a-password-field
export const passwordHint = { width: Math.random() * 100, label: 'Password' }

// ---- an-id-of-an-element
export const inputId = `password-${Math.random().toString(36).slice(2)}`

// ---- a-cache-buster.js
exports.tokenUrl = (base) => `${base}/token?_=${Math.random()}`

// ---- a-delay-before-a-refresh.js
exports.refreshToken = () => new Promise((resolve) => setTimeout(resolve, 1000 * Math.random())).then(renew)

// ---- the-boundary-of-a-form.js
exports.boundary = () => `----form${Math.random().toString(36).slice(2)}`

// ---- the-age-of-a-token.js
exports.isFresh = (token) => Date.now() - token.issuedAt < 3600 * 1000

// ---- the-state-of-a-game.js
exports.nextState = (state) => ({ ...state, dice: 1 + Math.floor(Math.random() * 6) })

// ---- the-state-of-a-list-in-a-url
export const href = `/orders?state=${Math.random() < 0.5 ? 'open' : 'done'}&nonce=${Date.now()}`
