// ---- the-value-after-a-rotation
import { secret } from '../../secret.ts'

export function isRotated(next: string): boolean {
  return next !== secret.expose()
}

// ---- two-versions-of-our-own
import type { SecretVersion } from '../../secret.ts'

export const isSame = (one: SecretVersion, other: SecretVersion) =>
  one.value.expose() === other.value.expose()

// ---- numbers-made-of-codes.js
import { createHmac } from 'node:crypto'
const code = (key, counter) => createHmac('sha1', key).update(counter).digest('hex')
export const isRight = (key, counter, token) => parseInt(code(key, counter), 16) === token
