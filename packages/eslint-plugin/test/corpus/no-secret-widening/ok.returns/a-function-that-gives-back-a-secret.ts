import type { Secret, SecretVersion } from '../../secret.ts'
export function valueOf(version: SecretVersion<unknown>): Secret<unknown> {
  return version.value
}
