import type { LateUse, Step } from '@rekey/secret/kind'

/**
 * The seven steps and four more: `confirm-revoked` waits until every replica has dropped the revoked version; `roll-back` is the
 * reverse of `promote`, `abort` that of `admit` and `stage`; `sweep` removes credentials that no rotation has a record of.
 */
export type AnyStep = Step | 'confirm-revoked' | 'roll-back' | 'abort' | 'sweep'

/** Something that happened in a rotation. */
export interface RotationEvent {
  /** The secret's name in the store. */
  readonly secret: string
  readonly step: AnyStep
  readonly phase: 'begin' | 'end' | 'waiting' | 'alarm'
  /** The awaited event, and who is late; of an alarm, who used what. Never a value. */
  readonly message?: string
  /** Set with `alarm`. */
  readonly lateUse?: LateUse
}
