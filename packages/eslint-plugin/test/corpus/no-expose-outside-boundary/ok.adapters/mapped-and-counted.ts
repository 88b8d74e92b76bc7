import type { SecretVersion } from '../../secret.ts'
export function longest(versions: SecretVersion[]) {
  const lengths = versions.map(({ value }) => value.expose().length)
  return Math.max(...lengths)
}
