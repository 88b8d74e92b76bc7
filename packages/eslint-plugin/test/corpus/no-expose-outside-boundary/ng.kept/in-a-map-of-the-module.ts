// @reports kept
import type { SecretVersion } from '../../secret.ts'
const byVersion = new Map<string, string>()
export function remember({ version, value }: SecretVersion) {
  byVersion.set(version, value.expose())
}
