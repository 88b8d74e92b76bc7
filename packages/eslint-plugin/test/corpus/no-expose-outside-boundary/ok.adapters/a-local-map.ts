// @typed
import type { SecretVersion } from '../../secret.ts'
export function countDistinct(versions: SecretVersion[]) {
  const texts = new Set<string>()
  for (const { value } of versions) texts.add(value.expose())
  return texts.size
}
