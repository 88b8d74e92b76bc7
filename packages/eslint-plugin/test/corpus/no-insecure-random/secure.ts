// ---- a-hash-of-a-key-and-the-time
import { createHash } from 'node:crypto'
import { secret } from '../../secret.ts'

export const token = createHash('sha256').update(`${secret.expose()}${Date.now()}`).digest('hex')

// ---- a-jwt-with-the-time-in-it.js
const jwt = require('jsonwebtoken')

exports.issue = (user, key) => {
  const token = jwt.sign({ sub: user.id, iat: Math.floor(Date.now() / 1000) }, key)
  return token
}

// ---- a-letter-at-a-time
import { randomInt } from 'node:crypto'

const LETTERS = 'abcdefghijkmnpqrstuvwxyz'

export function generatePassword(): string {
  let password = ''
  while (password.length < 24) password += LETTERS.charAt(randomInt(LETTERS.length))
  return password
}

// ---- a-mac-over-the-time
import { createHmac } from 'node:crypto'

export const tokenAt = (key: string) => createHmac('sha256', key).update(`${Date.now()}`).digest()

export const csrfToken = (key: string) =>
  createHmac('sha256', key).update(String(Date.now())).digest('hex')

// ---- a-random-uuid
import { randomUUID } from 'node:crypto'

export const sessionId = randomUUID()

// ---- cuid-2
import { createId } from '@paralleldrive/cuid2'

export const token = createId()

// ---- get-random-values
export function createSalt(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(16))
}

// ---- nanoid
import { nanoid } from 'nanoid'

export const accessToken = nanoid(43)

// ---- pseudo-random-bytes
import crypto from 'node:crypto'

export const encryptionKey = crypto.pseudoRandomBytes(32) // expect: deprecated

// ---- random-bytes
import { randomBytes } from 'node:crypto'

export const token = randomBytes(32).toString('base64url')

// ---- random-int
import { randomInt } from 'node:crypto'

export const otp = () => randomInt(100_000, 1_000_000).toString()

// ---- the-time-after-a-uuid
import { randomUUID } from 'node:crypto'

export function generatePasswordResetToken(): string {
  return randomUUID() + '-' + Date.now().toString(36)
}

// ---- the-time-beside-random-bytes
import { randomBytes } from 'node:crypto'

export const token = `${Date.now().toString(36)}.${randomBytes(32).toString('base64url')}`

// ---- uuid-version-4.js
const { v4: uuidv4 } = require('uuid')

exports.inviteToken = () => uuidv4()
