// @typed
import type { SecretVersion } from '../../secret.ts'
export const values = (versions: SecretVersion[]) => versions.map(({ value }) => value as unknown)
