import type { SecretVersion } from '../../secret.ts'

export const isSame = (one: SecretVersion, other: SecretVersion) =>
  one.value.expose() === other.value.expose()
