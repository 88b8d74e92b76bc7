import type { SecretVersion } from '../../secret.ts'
export function dump(versions: readonly SecretVersion[]) {
  versions.forEach(({ version, value }) => console.log(version, value.expose()))
}
