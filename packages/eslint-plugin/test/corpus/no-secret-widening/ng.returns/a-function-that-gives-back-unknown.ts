// @typed
import type { SecretVersion } from '../../secret.ts'
export function valueOf(version: SecretVersion): unknown {
  return version.value
}
