/** One of the output streams of the process. */
interface Output {
  /** Bytes are those of a secret that is printed on purpose. */
  write(text: string | Uint8Array): unknown
  readonly isTTY?: boolean
}

type SignalListening = (
  signal: NodeJS.Signals,
  listener: (signal: NodeJS.Signals) => void,
) => unknown

/** The parts of the process that commands use. */
export interface CliContext {
  readonly process: {
    readonly stdout: Output
    readonly stderr: Output
    exitCode?: NodeJS.Process['exitCode']
    /** Gives the secrets that an operator pastes, and whether signals come from a terminal. */
    readonly stdin?: { readonly isTTY?: boolean } & Partial<AsyncIterable<Uint8Array | string>>
    readonly on?: SignalListening
    readonly off?: SignalListening
  }
  /** The working directory: where `services/` and relative paths are looked for. */
  readonly cwd: string
  /** Environment variables, for what must not be seen in a list of processes. */
  readonly env: Record<string, string | undefined>
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal
  /** Hides what shows how long the command has been at work, while a question stands on the terminal. Absent: nothing shows it. */
  readonly pause?: () => () => void
  /** Shows on a terminal for what the command waits, until the next output; without a text nothing more of it. Absent: nothing shows it. */
  readonly showWait?: (text?: string) => void
  /** Has the process end after the command, though a call that was given up may still wait for its answer. Absent: it waits for that. */
  readonly leaveBehind?: () => void
}

/** Flags that every command takes. */
export interface CommonFlags {
  readonly stack?: string
  /** The path of a family file. */
  readonly family?: string
  readonly json?: boolean
}

/** Flags of the commands that wait for replicas and sessions. */
export interface WaitingFlags extends CommonFlags {
  readonly deadlineMs: number
}
