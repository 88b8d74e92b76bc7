import { type LiveSecret, SecretError, type StagedSecret } from '@rekey/secret'

/** Nothing of a secret that its service may do without, and that is absent or too old to be used. */
export function heldBy(live: LiveSecret): StagedSecret[] {
  try {
    return [live.snapshot]
  } catch (error) {
    if (error instanceof SecretError) return []
    throw error
  }
}
