/** What the commands use of the process. */
export interface CliContext {
  readonly process: Pick<NodeJS.Process, 'stdout' | 'stderr'>
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal
}

/** Flags that every command takes. */
export interface CommonFlags {
  readonly stack?: string
  readonly json?: boolean
}
