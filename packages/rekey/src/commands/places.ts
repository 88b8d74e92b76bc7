import type { Secret } from '@rekey/secret'

/** The places of a value that is about to be made. */
export interface Places {
  /** Absolute, and the locator of a store; none where the value goes through a pipe. */
  readonly paths: readonly string[]
  /** Writes it into each place, or through the pipe. */
  place(value: Secret): Promise<void>
  /** Puts each file that was written back as it was. */
  remove(): Promise<void>
}
