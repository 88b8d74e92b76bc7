// @typed
import type { SecretVersion } from '../../secret.ts'
export function toContext({ version, value }: SecretVersion): Record<string, unknown> {
  return { version, value }
}
