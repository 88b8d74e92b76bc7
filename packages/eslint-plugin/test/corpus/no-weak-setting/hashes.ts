// ---- few-rounds-of-pbkdf2
import { pbkdf2Sync } from 'node:crypto'

export const hash = (password: string, salt: Buffer) =>
  pbkdf2Sync(password, salt, 1000, 64, 'sha512') // expect: fewRounds

// ---- enough-rounds-of-pbkdf2
import { pbkdf2Sync } from 'node:crypto'

export const hash = (password: string, salt: Buffer) =>
  pbkdf2Sync(password, salt, 210_000, 64, 'sha512')

// ---- rounds-in-a-constant.js
const crypto = require('crypto')
const { promisify } = require('util')

const ITERATIONS = 10 * 1000
const pbkdf2 = promisify(crypto.pbkdf2)

exports.hash = (password, salt) => pbkdf2(password, salt, ITERATIONS, 32, 'sha256') // expect: fewRounds

// ---- rounds-that-callers-may-give
import { pbkdf2Sync } from 'node:crypto'

export const verifier = (password: string, salt: Buffer, iterations = 4096) =>
  pbkdf2Sync(password, salt, iterations, 32, 'sha256')

// ---- rounds-of-each-user.js
const { pbkdf2Sync } = require('crypto')

exports.hash = (password, user) => pbkdf2Sync(password, user.salt, user.iterations, 32, 'sha256')

// ---- a-key-of-the-web-crypto-api
export const derive = (base: CryptoKey, salt: Uint8Array) =>
  crypto.subtle.deriveBits(
    { name: 'PBKDF2', salt, iterations: 2048, hash: 'SHA-256' }, // expect: fewRounds
    base,
    256,
  )

// ---- a-key-of-the-web-crypto-api-with-enough-rounds
export const derive = (base: CryptoKey, salt: Uint8Array) =>
  crypto.subtle.deriveBits({ name: 'PBKDF2', salt, iterations: 600_000, hash: 'SHA-256' }, base, 256)

// ---- a-key-of-crypto-js.js
const CryptoJS = require('crypto-js')

exports.key = (password, salt) =>
  CryptoJS.PBKDF2(password, salt, {
    keySize: 8,
    iterations: 1000, // expect: fewRounds
  })

// ---- a-key-of-node-forge.js
const forge = require('node-forge')

exports.key = (password, salt) => forge.pkcs5.pbkdf2(password, salt, 4096, 32) // expect: fewRounds
exports.slowKey = (password, salt) => forge.pkcs5.pbkdf2(password, salt, 600000, 32)

// ---- a-cost-of-scrypt
import { scryptSync } from 'node:crypto'

export const hash = (password: string, salt: Buffer) => scryptSync(password, salt, 32, { N: 1024 }) // expect: fewRounds

// ---- the-default-cost-of-scrypt
import { scryptSync } from 'node:crypto'

export const hash = (password: string, salt: Buffer) => scryptSync(password, salt, 32)

// ---- a-cost-of-bcrypt.js
const bcrypt = require('bcrypt')

exports.hash = (password) => bcrypt.hash(password, 5) // expect: fewRounds
exports.hashWell = (password) => bcrypt.hash(password, 12)

// ---- a-salt-of-bcrypt
import bcrypt from 'bcryptjs'

const ROUNDS = 8

export const hash = async (password: string) => bcrypt.hash(password, await bcrypt.genSalt(ROUNDS)) // expect: fewRounds

// ---- a-salt-of-bcrypt-by-default
import bcrypt from 'bcryptjs'

export const hash = async (password: string) => bcrypt.hash(password, await bcrypt.genSalt())

// ---- little-memory-of-argon2
import argon2 from 'argon2'

export const hash = (password: string) => argon2.hash(password, { memoryCost: 1024, timeCost: 2 }) // expect: fewRounds

// ---- enough-memory-of-argon2
import argon2 from 'argon2'

export const hash = (password: string) => argon2.hash(password, { memoryCost: 19_456, timeCost: 2 })

// ---- a-password-under-md5.js
const crypto = require('crypto')

exports.save = (db, name, password) =>
  db.users.insert({ name, hash: crypto.createHash('md5').update(password).digest('hex') }) // expect: fastHash

// ---- a-salted-password-under-sha1
import { createHash } from 'node:crypto'

export function hashOf(newPassword: string, salt: string) {
  return createHash('sha1').update(salt + newPassword).digest('hex') // expect: fastHash
}

// ---- a-password-beside-its-salt
import { createHash } from 'node:crypto'

export function hashOf(user: { password: string }, salt: string) {
  const hash = createHash('sha256')
  hash.update(salt)
  hash.update(user.password) // expect: fastHash
  return hash.digest('hex')
}

// ---- bytes-of-a-password-under-sha512
import { createHash } from 'node:crypto'

export const hashOf = (passwd: string) =>
  createHash('sha512').update(Buffer.from(passwd, 'utf8')).digest('base64') // expect: fastHash

// ---- a-password-under-the-web-crypto-api
export const hashOf = (password: string) =>
  crypto.subtle.digest('SHA-256', new TextEncoder().encode(password)) // expect: fastHash

// ---- a-password-under-md5-of-npm.js
const md5 = require('md5')

exports.is = (user, password) => user.hash === md5(password) // expect: fastHash
exports.avatar = (user) => `https://avatar.test/${md5(user.email)}`

// ---- a-password-under-crypto-js
import CryptoJS from 'crypto-js'

export const hashOf = (password: string) => CryptoJS.SHA256(password).toString() // expect: fastHash

// ---- a-file-under-sha256
import { createHash } from 'node:crypto'

export const digestOf = (content: Buffer) => createHash('sha256').update(content).digest('hex')

// ---- the-hash-of-a-hash-of-a-password
import { createHash } from 'node:crypto'

export const tagOf = (passwordHash: string) => createHash('sha256').update(passwordHash).digest('hex')

// ---- a-password-that-was-pwned
import { createHash } from 'node:crypto'

/** Asks Have I Been Pwned for the first five digits. */
export async function isPwned(password: string) {
  const digest = createHash('sha1').update(password).digest('hex').toUpperCase()
  const found = await fetch(`https://api.pwnedpasswords.com/range/${digest.slice(0, 5)}`)
  return (await found.text()).includes(digest.slice(5))
}

// ---- before-bcrypt
import { createHash } from 'node:crypto'
import bcrypt from 'bcrypt'

export const hashOf = (password: string) =>
  bcrypt.hash(createHash('sha512').update(password).digest('base64'), 12)

// ---- a-token-under-sha256
import { createHash } from 'node:crypto'

export const idOf = (apiToken: string) => createHash('sha256').update(apiToken).digest('hex')
