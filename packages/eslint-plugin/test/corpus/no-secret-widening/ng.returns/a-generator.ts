// @typed
import type { SecretVersion } from '../../secret.ts'
export function* valuesOf(versions: SecretVersion[]): Generator<unknown> {
  for (const { value } of versions) yield value
}
