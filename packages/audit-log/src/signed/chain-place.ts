import { SecretError } from '@rekey/secret'
import type { LogState } from './log-state.ts'

/** Where a log ends, and the key of its next entry. */
export type SignedState = Pick<LogState, 'head' | 'key'>

/** The place of a stream as its first line states it, with the ends of the streams that were there and that no other first line states. */
export interface StreamOrigin {
  readonly log: string
  readonly stream: number
  /** The login that writes it. */
  readonly writer: string
  /** `STREAM:SEQ:HASH`, with blanks between. */
  readonly heads: string
}

/** A log that one writer holds. */
export interface HeldLog {
  readonly state: SignedState
  /** Absent for a log of one chain. */
  readonly origin?: StreamOrigin
  /** Makes lines durable, and replaces the key by that of the entry after them. */
  readonly append: (lines: readonly string[], after: SignedState) => Promise<void>
}

/** Where the lines and the key of a log are kept. */
export interface ChainPlace {
  /** Runs `work` as the only writer of its chain; again with another chain where the first was continued by another writer. */
  readonly locked: <T>(work: (held: HeldLog) => Promise<T>) => Promise<T>
  /** The error of a place as one without the words of a driver. */
  readonly failure: (error: unknown) => unknown
}

/** The error of a place that has less than a process has written there. */
export function putBack(name: string): SecretError {
  const message = `the audit log in ${name} was put back to an older state while this process ran: keep it as evidence under another name, and start a new log`
  return new SecretError('conflict', message, { place: name })
}
