// ---- codimd.js
// https://github.com/hackmdio/codimd/pull/780 CWE-1188
// The default of the session secret is a word, and nothing replaces it.
const { merge } = require('lodash')

const defaults = {
  port: 3000,
  sessionname: 'connect.sid',
  sessionsecret: 'secret', // expect: fallback
  sessionlife: 14 * 24 * 60 * 60 * 1000,
}
const environment = { sessionsecret: process.env.CMD_SESSION_SECRET }

module.exports = merge(defaults, environment)

// ---- codimd-fixed.js
const crypto = require('crypto')
const { merge } = require('lodash')

const defaults = {
  port: 3000,
  sessionname: 'connect.sid',
  sessionsecret: crypto.randomBytes(64).toString('hex'),
  sessionlife: 14 * 24 * 60 * 60 * 1000,
}
const environment = { sessionsecret: process.env.CMD_SESSION_SECRET }

module.exports = merge(defaults, environment)

// ---- nexasphere-auth.js
// https://github.com/Ayushh-Sharmaa/NexaSphere/pull/2193 CWE-1188
// Without a variable the tokens of students are signed with a text of the sources.
import jwt from 'jsonwebtoken'

const JWT_SECRET = process.env.JWT_SECRET || 'nexasphere-student-dev-secret' // expect: fallback, givenSecret

export function issueStudentToken(student) {
  return jwt.sign({ sub: student.id, role: 'student' }, JWT_SECRET, { expiresIn: '7d' })
}

// ---- nexasphere-auth-fixed.js
import jwt from 'jsonwebtoken'

const JWT_SECRET = process.env.JWT_SECRET
if (!JWT_SECRET) throw new Error('Set JWT_SECRET')

export function issueStudentToken(student) {
  return jwt.sign({ sub: student.id, role: 'student' }, JWT_SECRET, { expiresIn: '7d' })
}

// ---- nexasphere-backup.js
// https://github.com/Ayushh-Sharmaa/NexaSphere/pull/3314 CWE-1188
// Without a key a backup is encrypted with what can be guessed, at last with the hash of three letters.
import crypto from 'crypto'

function getEncryptionPassphrase() {
  if (process.env.ENCRYPTION_KEY) return process.env.ENCRYPTION_KEY
  const secret = process.env.JWT_SECRET || process.env.DATABASE_URL || process.env.NODE_ENV || 'dev' // expect: fallback
  return crypto.createHash('sha256').update(secret).digest('hex')
}

export const backupKey = (salt) => crypto.scryptSync(getEncryptionPassphrase(), salt, 32)

// ---- nexasphere-backup-fixed.js
import crypto from 'crypto'

function getEncryptionPassphrase() {
  if (!process.env.ENCRYPTION_KEY) throw new Error('Set ENCRYPTION_KEY')
  return process.env.ENCRYPTION_KEY
}

export const backupKey = (salt) => crypto.scryptSync(getEncryptionPassphrase(), salt, 32)

// ---- commitpulse-key
// https://github.com/JhaSourav07/commitpulse/issues/5657 CWE-1188
// Without a variable the tokens of users are encrypted with a text of the sources.
import { createCipheriv, randomBytes, scryptSync } from 'crypto'

const getEncryptionKey = (): Buffer => {
  const key = process.env.ENCRYPTION_KEY || 'default_commitpulse_secret_key_32' // expect: fallback, givenSecret
  return scryptSync(key, 'commitpulse_salt', 32)
}

export function encryptToken(token: string) {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', getEncryptionKey(), iv)
  return Buffer.concat([iv, cipher.update(token, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

// ---- commitpulse-key-fixed
import { createCipheriv, randomBytes, scryptSync } from 'crypto'

const getEncryptionKey = (): Buffer => {
  const key = process.env.ENCRYPTION_KEY
  if (!key) throw new Error('Set ENCRYPTION_KEY')
  return scryptSync(key, 'commitpulse_salt', 32)
}

export function encryptToken(token: string) {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', getEncryptionKey(), iv)
  return Buffer.concat([iv, cipher.update(token, 'utf8'), cipher.final(), cipher.getAuthTag()])
}
