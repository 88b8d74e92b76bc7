import { expect, it } from 'vitest'
import { deriveSigningKey, publicKeyFrom, spkiOf, verifierOf } from './derived-key.ts'

const verifier = (byte: number, use: string) =>
  verifierOf(deriveSigningKey(Buffer.alloc(32, byte), use))

it('derives the same key in each release, and another one for another secret or another use', () => {
  const known = verifier(0, 'test')
  expect(known).toBe('MCowBQYDK2VwAyEAapA1YbdY0BimqxOVAz6mqFkxXLVZOao2QA/tyUkUqgc=')
  expect(new Set([known, verifier(1, 'test'), verifier(0, 'tests')]).size).toBe(3)
})

it('reads the public half that it wrote', () => {
  const known = verifier(0, 'test')
  expect(spkiOf(publicKeyFrom(known))).toBe(known)
})
