import type { SecretVersion } from '../../secret.ts'
declare function isEqual(left: unknown, right: unknown): boolean
export const isSame = (one: SecretVersion, other: SecretVersion) => isEqual(one, other)
