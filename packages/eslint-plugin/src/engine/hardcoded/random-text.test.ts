import { randomBytes, randomInt } from 'node:crypto'
import { expect, it } from 'vitest'
import { isRandomLooking } from './random-text.ts'

const ROUNDS = 5_000
const DRAWN = {
  'base64url of 32 bytes': () => randomBytes(32).toString('base64url'),
  'hexadecimal of 16 bytes': () => randomBytes(16).toString('hex'),
  'hexadecimal of 32 bytes': () => randomBytes(32).toString('hex'),
  '32 letters and digits': () =>
    drawn(32, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'),
  '32 small letters and digits': () => drawn(32, 'abcdefghijklmnopqrstuvwxyz0123456789'),
  '20 digits': () => drawn(20, '0123456789'),
}

function drawn(length: number, characters: string): string {
  return Array.from({ length }, () => characters[randomInt(characters.length)]).join('')
}

it.each(Object.entries(DRAWN))('takes %s for random', (_name, draw) => {
  const misses = Array.from({ length: ROUNDS }, draw).filter((text) => !isRandomLooking(text))
  expect(misses.length / ROUNDS).toBeLessThan(0.005)
})

it.each([
  'getPackageJsonManifests',
  'transformLegacyOutputs',
  'my-super-secret-key-value',
  'settings.security.password.reset',
  'btn btn-primary rounded-lg px-4 py-2 font-medium',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'projects/shop/secrets/database-password/versions/3',
  'x'.repeat(32),
  'abab'.repeat(8),
  '0123456789abcdef0123456789abcdef',
  'abcdefghijklmnopqrstuvwxyz',
])('does not take %s for random', (text) => {
  expect(isRandomLooking(text)).toBe(false)
})
