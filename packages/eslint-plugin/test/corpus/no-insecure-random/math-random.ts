// ---- a-csrf-token-of-a-session.js
app.use((req, res, next) => {
  req.session.csrfToken ??= Math.random().toString(16).slice(2) // expect: guessable
  res.locals.csrfToken = req.session.csrfToken
  next()
})

// ---- a-generator-with-its-verb-at-the-end.js
exports.otpGenerate = (length) => {
  const digits = '0123456789'
  let code = ''
  for (let left = length; left > 0; --left) {
    code += digits[Math.round(Math.random() * (digits.length - 1))] // expect: guessable
  }
  return code
}

// ---- a-hash-of-it-is-no-better
import { createHash } from 'node:crypto'

export const newSecret = () => createHash('sha256').update(String(Math.random())).digest('hex') // expect: guessable

// ---- a-local-helper.js
const randomString = (length) => [...Array(length)].map(() => randomLetter()).join('')
const randomLetter = () => 'abcdefghij'[Math.floor(Math.random() * 10)] // expect: guessable

const clientSecret = randomString(40)
module.exports = { clientSecret }

// ---- a-number-made-text-later.js
const sixDigits = () => Math.floor(100000 + Math.random() * 900000) // expect: guessable

function addCode(user) {
  const number = sixDigits()
  user.secretToken = String(number)
  return user
}
module.exports = addCode

// ---- a-one-time-code
export async function sendOtp(phone: string, send: (phone: string, code: string) => Promise<void>) {
  const otp = Math.floor(100000 + Math.random() * 900000) // expect: guessable
  await send(phone, otp.toString())
  return otp
}

// ---- a-password-letter-by-letter
const CHARS = 'abcdefghijkmnpqrstuvwxyz23456789'

export function randomPassword(length = 12): string {
  let result = ''
  for (let at = 0; at < length; at++) {
    result += CHARS.charAt(Math.floor(Math.random() * CHARS.length)) // expect: guessable
  }
  return result
}

// ---- a-reset-code-of-a-user.js
exports.forgot = async (user, mailer) => {
  user.resetCode = String(Math.floor(Math.random() * 1e6)).padStart(6, '0') // expect: guessable
  await user.save()
  await mailer.send(user.email, user.resetCode)
}

// ---- a-reset-token-of-six-digits.js
exports.forgot = async (user) => {
  user.resetToken = Math.floor(100000 + Math.random() * 900000) // expect: guessable
  await user.save()
}

// ---- a-salt-in-an-object
import { pbkdf2Sync } from 'node:crypto'

export function hashPassword(password: string) {
  const salt = `${Math.random()}` // expect: guessable
  return { salt, hash: pbkdf2Sync(password, salt, 600_000, 32, 'sha256').toString('hex') }
}

// ---- a-session-id-of-an-array
export const createSessionId = () =>
  Array.from({ length: 32 }, () => Math.floor(Math.random() * 16).toString(16)).join('') // expect: guessable

// ---- a-token-in-base-36
export const token = Math.random().toString(36).slice(2) // expect: guessable

// ---- a-uuid-made-at-home
export function createApiKey(): string {
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, (c) => {
    const r = (Math.random() * 16) | 0 // expect: guessable
    return (c === 'x' ? r : (r & 0x3) | 0x8).toString(16)
  })
}

// ---- an-invite-code-through-a-variable
export function invite(email: string) {
  const random = Math.random() // expect: guessable
  const inviteCode = random.toString(36).toUpperCase().slice(2, 10)
  return { email, inviteCode }
}

// ---- an-iv-of-random-bytes-made-at-home
import { createCipheriv } from 'node:crypto'

export function encrypt(text: string, key: Buffer): Buffer {
  const bytes = Buffer.from([...Array(16)].map(() => Math.floor(Math.random() * 256))) // expect: guessable
  const cipher = createCipheriv('aes-256-cbc', key, bytes)
  return Buffer.concat([bytes, cipher.update(text), cipher.final()])
}

// ---- in-btoa-in-a-class
export class Login {
  readonly nonce = btoa(String(Math.random())) // expect: guessable
  readonly codeVerifier: string

  constructor() {
    this.codeVerifier = btoa(Math.random().toString()) // expect: guessable
  }
}

// ---- instead-of-a-uuid-that-may-be-missing
export const sessionToken = crypto.randomUUID?.() ?? Math.random().toString(36).slice(2) // expect: guessable

// ---- pushed-into-an-array
export function generatePassphrase(words: readonly string[]): string {
  const chosen: string[] = []
  for (let count = 0; count < 6; count++) {
    chosen.push(words[Math.floor(Math.random() * words.length)] ?? '') // expect: guessable
  }
  return chosen.join('-')
}

// ---- two-of-them-joined.js
function generateToken() {
  return Math.random().toString(36).substring(2) + Math.random().toString(36).substring(2) // expect: guessable
}
module.exports = { generateToken }
