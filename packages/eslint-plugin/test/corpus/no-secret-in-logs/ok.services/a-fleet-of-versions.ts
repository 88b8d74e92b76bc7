import type { SecretVersion } from '../../secret.ts'
export function table(versions: readonly SecretVersion[]) {
  for (const { version, value } of versions) console.log(version, value.label)
  console.log(versions.map(({ version }) => version).join(', '), versions.length)
}
