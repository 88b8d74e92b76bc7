import type { SecretVersion } from '../../secret.ts'
export function collect(into: Map<string, string>, versions: SecretVersion[]) {
  for (const { version, value } of versions) into.set(version, value.expose())
}
