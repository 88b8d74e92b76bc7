// @typed
// @reports secretObject
import type { SecretVersion } from '../../secret.ts'
class StaleError extends Error {
  constructor(readonly held: SecretVersion) {
    super('stale')
  }
}
export const refuse = (held: SecretVersion) => {
  throw new StaleError(held)
}
