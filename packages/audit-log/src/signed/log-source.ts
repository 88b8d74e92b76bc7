import type { CheckpointMark } from './checkpoint.ts'
import type { LogLine } from './segments.ts'

/** Where the lines of a log are read. */
export interface LogSource {
  /** For messages. */
  readonly name: string
  /** The last part of the message where there is no log. */
  readonly remedy: string
  /** Where the key of the next entry continues; undefined if it is not at hand. */
  readonly end: () => Promise<CheckpointMark | undefined>
  readonly lines: () => AsyncIterable<LogLine>
}
