// @reports kept
import type { SecretVersion } from '../../secret.ts'
const masked: string[] = []
export function addAll(versions: SecretVersion[]) {
  for (const { value } of versions) masked.push(value.expose())
}
