// ---- the-value-after-a-rotation
import { secret } from '../../secret.ts'

export function isRotated(next: string): boolean {
  return next !== secret.expose()
}

// ---- two-versions-of-our-own
import type { SecretVersion } from '../../secret.ts'

export const isSame = (one: SecretVersion, other: SecretVersion) =>
  one.value.expose() === other.value.expose()
