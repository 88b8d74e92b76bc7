// @reports outsideBoundary
import type { SecretVersion } from '../../secret.ts'
export const bearer = (version: SecretVersion) => ({
  authorization: `Bearer ${version.value.expose()}`,
})
