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

/** Something that happened in a rotation. */
export interface RotationEvent {
  /** The secret's name in the store. */
  readonly secret: string
  readonly step: Step | 'undo'
  readonly phase: 'begin' | 'end' | 'waiting'
  /** What is waited for, and who is late. Never a value. */
  readonly message?: string
}
