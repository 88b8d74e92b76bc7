// ---- a-login-with-the-same-user
import { login } from '../../secret.ts'

export const isSameUser = (user: string, port: number) =>
  login.expose().user === user && login.expose().port === port

// ---- objects-not-their-values
import type { Secret } from '../../secret.ts'

export const isSameObject = (one: Secret, other: Secret) => one === other

// ---- versions-and-ids
import { secret, type SecretVersion } from '../../secret.ts'

export const find = (versions: SecretVersion[], version: string) =>
  versions.find((one) => one.version === version && one.value.label === secret.label)
