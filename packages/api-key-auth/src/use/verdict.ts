import type { Stage } from '@rekey/secret/internal'

/** A key that is accepted now. One object for each version, shared by every request that shows it. */
export interface Verified {
  readonly ok: true
  /** The name under which the keyring got the key. */
  readonly caller: string
  readonly keyId: string
  readonly stage: Stage
  readonly version: string
  /** Headers to add to the answer so that the sender learns that its key retires; absent of any other key. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Why a key was refused.
 *
 * - `absent`: there was none
 * - `malformed`: it cannot be a key, by its length, its characters or its checksum
 * - `unknown-key`: no caller has, or had lately, a key of that id
 * - `wrong-secret`: the id is known, the rest is not what was issued with it
 * - `revoked`: the right key, which was accepted until it was revoked
 * - `expired`: the right key, after its time
 * - `unconfirmed`: the right key as far as is known, but its secret has not been read for too long to be sure
 * - `other-peer`: the right key, over a connection that proves no caller, or another one
 */
export type RefusalReason =
  | 'absent'
  | 'malformed'
  | 'unknown-key'
  | 'wrong-secret'
  | 'revoked'
  | 'expired'
  | 'unconfirmed'
  | 'other-peer'

/** A key that is not accepted. For logs and counters; the far side must not learn which of the reasons it was. */
export interface Refused {
  readonly ok: false
  readonly reason: RefusalReason
  /** The public id that was shown, where there is one. Proved to be theirs only if `revoked`, `expired`, `unconfirmed` or `other-peer`. */
  readonly keyId?: string
  /** Whose id that is, or was until it was revoked. */
  readonly caller?: string
  /** The version of that caller's secret which has, or had, that id. */
  readonly version?: string
  /** The source of the call, if known. */
  readonly source?: string
  /** Set if too many attempts from there have failed of late. */
  readonly limited?: FailureLimit
}

/** A source that has used up its failures. */
export interface FailureLimit {
  readonly retryAfterS: number
  /** Whether this is the first attempt over the limit, which is worth telling, or one that followed. */
  readonly isFirst: boolean
}
