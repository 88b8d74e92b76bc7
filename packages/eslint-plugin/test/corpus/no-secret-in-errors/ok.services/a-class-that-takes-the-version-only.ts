import type { SecretVersion } from '../../secret.ts'
class StaleError extends Error {
  readonly version: string
  constructor({ version }: SecretVersion) {
    super(`version ${version} is stale`)
    this.version = version
  }
}
export const refuse = (held: SecretVersion) => {
  throw new StaleError(held)
}
