// ---- a-key-inside-a-bearer-template
import { secret } from '../../secret.ts'

export function authorized(header: string | undefined): boolean {
  return header === `Bearer ${secret.expose()}` // expect: secretCompared
}

// ---- a-member-of-an-exposed-login
import { login } from '../../secret.ts'

export function authenticate(user: string, guess: string) {
  const { password } = login.expose()
  return user === 'admin' && guess === password // expect: secretCompared
}

// ---- an-exposed-key-against-a-header
import type { IncomingMessage } from 'node:http'
import { secret } from '../../secret.ts'

export function isAllowed(request: IncomingMessage): boolean {
  return request.headers['x-api-key'] === secret.expose() // expect: secretCompared
}

// ---- an-exposed-key-in-a-variable
import { secret } from '../../secret.ts'

const expected = secret.expose()

export const check = (given: string) => given !== expected // expect: secretCompared

// ---- byte-by-byte
import { secret } from '../../secret.ts'

export function check(presented: Buffer): boolean {
  const key = Buffer.from(secret.expose())
  for (let at = 0; at < key.length; at++) {
    if (key[at] !== presented[at]) return false // expect: secretCompared
  }
  return key.length === presented.length
}

// ---- inside-a-local-function-called-safe
import { secret } from '../../secret.ts'

function safeCompare(a: string, b: string): boolean {
  return a.length === b.length && a === b // expect: secretCompared
}

export const check = (presented: string) => safeCompare(presented, secret.expose())

// ---- loosely-equal
import { secret } from '../../secret.ts'

export function verify(presented: unknown) {
  if (presented == secret.expose()) return true // expect: secretCompared
  throw new Error('denied')
}

// ---- mapped-out-of-its-secret
import { secret } from '../../secret.ts'

export const matches = (guess: string) => {
  let same = false
  secret.map((value) => (same = value === guess)) // expect typed: secretCompared
  return same
}

// ---- one-of-two-keys-during-a-rotation
import { secret, type Secret } from '../../secret.ts'

export function accepts(presented: string, previous: Secret): boolean {
  return [secret, previous].some((one) => one.expose() === presented) // expect: secretCompared
}
