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
 * The alarm `stale-or-stolen`: a version was shown after its time, by a caller that was forgotten or by a thief. Nothing follows
 * from it: a thief of an old version could cause what follows.
 */
export interface LateUse {
  readonly type: 'stale-or-stolen'
  /** The public id of the version, or the version where it has none. */
  readonly id: string
  /** The address it came from, and the replica that reports it. */
  readonly source: string
  readonly count: number
  /** When it was last shown, in milliseconds since the epoch, by the clock of the replica that reports it. */
  readonly lastAt?: number
}
