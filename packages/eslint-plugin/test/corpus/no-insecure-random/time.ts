// ---- a-salt-of-the-time
import { scryptSync } from 'node:crypto'

export const derive = (password: string) => scryptSync(password, Date.now().toString(), 32) // expect: guessable

// ---- a-token-of-the-time.js
const md5 = require('md5')

user.activationToken = md5(user.email + new Date().getTime()) // expect: guessable

// ---- md5-of-the-time
import { createHash } from 'node:crypto'

export function createResetToken(email: string): string {
  return createHash('md5').update(`${email}${Date.now()}`).digest('hex') // expect: guessable
}

// ---- performance-now-as-an-access-key
export const accessKey = performance.now().toString(36) // expect: guessable

// ---- the-process-id-and-the-time
export function sessionSecret(): string {
  return `${process.pid}-${process.hrtime.bigint()}` // expect: guessable
}
