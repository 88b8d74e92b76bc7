// @typed
import type { SecretVersion } from '../../secret.ts'
export function report(previous: SecretVersion | undefined) {
  const before: unknown = previous?.value
  return before === undefined ? 'none' : 'one'
}
