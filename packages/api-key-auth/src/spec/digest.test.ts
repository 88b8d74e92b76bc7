import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { digestOf, hasDigest, toDigest } from './digest.ts'

it('a text has its own digest, and none that differs from it in one bit', () => {
  const text = randomBytes(32).toString('base64url')
  const digest = digestOf(text)
  expect(hasDigest(text, toDigest(digest))).toBe(true)
  for (let bit = 0; bit < 256; bit += 1) {
    const other = Buffer.from(digest)
    other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(hasDigest(text, toDigest(other)), `bit ${bit}`).toBe(false)
  }
})
