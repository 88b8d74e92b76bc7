// ---- a-hand-written-xor
import { secret } from '../../secret.ts'

export function check(given: Buffer): boolean {
  const key = Buffer.from(secret.expose())
  let different = key.length ^ given.length
  for (const [at, byte] of key.entries()) different |= byte ^ (given[at] ?? 0)
  return different === 0
}

// ---- hashes-of-both
import { createHash } from 'node:crypto'
import { secret } from '../../secret.ts'

const hash = (text: string) => createHash('sha256').update(text).digest('hex')

export const check = (given: string) => hash(given) === hash(secret.expose())

// ---- lengths-first
import { timingSafeEqual } from 'node:crypto'
import { secret } from '../../secret.ts'

export function check(given: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(secret.expose())]
  return a.length === b.length && timingSafeEqual(a, b)
}

// ---- timing-safe-equal-of-digests
import { createHash, timingSafeEqual } from 'node:crypto'
import { secret } from '../../secret.ts'

const digest = (text: string) => createHash('sha256').update(text).digest()

export const check = (given: string) => timingSafeEqual(digest(given), digest(secret.expose()))

// ---- tsscmp
import compare from 'tsscmp'
import { secret } from '../../secret.ts'

export const check = (given: string) => compare(given, secret.expose())
