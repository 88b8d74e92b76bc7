// @reports outsideBoundary
import type { SecretVersion } from '../../secret.ts'
export const lengths = (versions: readonly SecretVersion[]) =>
  versions.map(({ value }) => value.expose().length)
