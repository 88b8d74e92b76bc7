// @typed
import type { SecretVersion } from '../../secret.ts'
export function remember(version: SecretVersion) {
  const held: object = version.value
  return held
}
