import type { Stage } from '@rekey/secret'

/** A key that is accepted now. One object for each version, shared by every request that shows it. */
export interface Verified {
  readonly ok: true
  /** The name under which the keyring got the key. */
  readonly caller: string
  readonly keyId: string
  readonly stage: Stage
  readonly version: string
}

/**
 * Why a key was refused.
 *
 * - `absent`: there was none
 * - `malformed`: it cannot be a key; nothing was looked up or hashed
 * - `unknown-key`: nobody has, or no longer has, a key of that id
 * - `wrong-secret`: the id is known, the rest is not what was issued with it
 */
export type RefusalReason = 'absent' | 'malformed' | 'unknown-key' | 'wrong-secret'

/** A key that is not accepted. For logs and counters; the far side must not learn which of the reasons it was. */
export interface Refused {
  readonly ok: false
  readonly reason: RefusalReason
  /** The public id that was shown, where there is one. Nobody has proved that it is theirs. */
  readonly keyId?: string
  /** Whose id that is, or was until it was revoked. */
  readonly caller?: string
}
