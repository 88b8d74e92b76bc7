/** A guard in the code: what holds because of it, its text, what stands there once it is taken out, and the test that fails then. */
export type Guarding = readonly [holds: string, text: string, without: string, missedBy: string]

/** Guards of one file that are missed in one file of tests; paths from the top of the repository. */
export interface GuardedFile {
  readonly file: string
  readonly tests: string
  readonly guards: readonly Guarding[]
}
