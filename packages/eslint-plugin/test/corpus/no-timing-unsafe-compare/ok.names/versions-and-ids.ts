import { secret, type SecretVersion } from '../../secret.ts'

export const find = (versions: SecretVersion[], version: string) =>
  versions.find((one) => one.version === version && one.value.label === secret.label)
