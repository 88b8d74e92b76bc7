import type { LogState } from './log-state.ts'

/** Where a log ends, and the key of its next entry. */
export type SignedState = Pick<LogState, 'head' | 'key'>

/** A log that one writer holds. */
export interface HeldLog {
  readonly state: SignedState
  /** Makes lines durable, and replaces the key by that of the entry after them. */
  readonly append: (lines: readonly string[], after: SignedState) => Promise<void>
}

/** Where the lines and the key of a log are kept. */
export interface LogPlace {
  /** For messages. */
  readonly name: string
  /** Runs `work` as the only writer. */
  readonly locked: <T>(work: (held: HeldLog) => Promise<T>) => Promise<T>
  /** The error of a place as one without the words of a driver. */
  readonly failure: (error: unknown) => unknown
}
