/** The seven steps of every rotation, of every kind of secret, in order. */
export const STEPS = [
  'generate',
  'stage',
  'admit',
  'prove',
  'promote',
  'confirm',
  'revoke',
] as const

/** One of the seven. */
export type Step = (typeof STEPS)[number]

/**
 * The seven, and what belongs to them: `settle` is the end of `revoke`, when everyone hears of it; `roll-back` is the reverse of
 * `promote`, `undo` that of `admit` and `stage`; `sweep` removes what no rotation knows.
 */
export type AnyStep = Step | 'settle' | 'roll-back' | 'undo' | 'sweep'

/** Something that happened in a rotation. */
export interface RotationEvent {
  /** The secret's name in the store. */
  readonly secret: string
  readonly step: AnyStep
  readonly phase: 'begin' | 'end' | 'waiting'
  /** What is waited for, and who is late. Never a value. */
  readonly message?: string
}
