// @reports returned
import type { SecretVersion } from '../../secret.ts'
export function* texts(versions: SecretVersion[]) {
  for (const { value } of versions) yield value.expose()
}
