// @reports hidden
import type { Secret } from '../../secret.ts'
export function inner(secret: Secret) {
  return (secret as any).value
}
