/** One of the output streams of the process. */
interface Output {
  readonly write: (text: string) => unknown
  readonly isTTY?: boolean
}

/** What the commands use of the process. */
export interface CliContext {
  readonly process: {
    readonly stdout: Output
    readonly stderr: Output
    exitCode?: NodeJS.Process['exitCode']
  }
  /** Environment variables, for what must not be seen in a list of processes. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal
}

/** Flags that every command takes. */
export interface CommonFlags {
  readonly stack?: string
  readonly json?: boolean
}

/** Flags of the commands that wait for replicas and sessions. */
export interface WaitingFlags extends CommonFlags {
  readonly deadlineMs: number
}
