import type { LateUse, Step } from '@rekey/secret/kind'

/**
 * The seven, and what belongs to them: `settle` is the end of `revoke`, when it is reported to all; `roll-back` is the
 * reverse of `promote`, `abort` that of `admit` and `stage`; `sweep` removes what no rotation knows.
 */
export type AnyStep = Step | 'settle' | 'roll-back' | 'abort' | 'sweep'

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
