import type { CliContext } from './cli-context.ts'

type Output = CliContext['process']['stdout']

const CLEAR = '\r\u001b[K'
const TICK_MS = 1000

/** The time that a command has been at work, shown on a terminal. */
export interface Progress {
  readonly stdout: Output
  readonly stderr: Output
  /** Shows `title` and the seconds, from the second one on, until {@link end}. */
  start(title: string): void
  /** Hides it while a question stands on the terminal. @returns what shows it again */
  pause(): () => void
  end(): void
}

/**
 * Creates a progress display in a line of standard error that the next output replaces. While a line of the output is unfinished, such as a
 * question, it shows nothing; without a terminal it never does.
 */
export function createProgress(stdout: Output, stderr: Output): Progress {
  return new Display(stdout, stderr)
}

class Display implements Progress {
  readonly stdout: Output
  readonly stderr: Output
  readonly #terminal: Output
  #timer: NodeJS.Timeout | undefined
  #isShown = false
  #isLineDone = true
  #isPaused = false

  constructor(stdout: Output, stderr: Output) {
    this.#terminal = stderr
    this.stdout = this.#through(stdout)
    this.stderr = this.#through(stderr)
  }

  start(title: string): void {
    if (this.#terminal.isTTY !== true) return
    let seconds = 0
    this.#timer = setInterval(() => {
      seconds += 1
      if (!this.#isLineDone || this.#isPaused) return
      this.#terminal.write(`${CLEAR}${title}: ${seconds} s`)
      this.#isShown = true
    }, TICK_MS)
    this.#timer.unref()
  }

  pause(): () => void {
    this.#hide()
    this.#isPaused = true
    return () => {
      this.#isPaused = false
    }
  }

  end(): void {
    clearInterval(this.#timer)
    this.#hide()
  }

  #hide(): void {
    if (this.#isShown) this.#terminal.write(CLEAR)
    this.#isShown = false
  }

  #through(stream: Output): Output {
    return {
      isTTY: stream.isTTY === true,
      write: (text) => {
        this.#hide()
        this.#isLineDone = text.at(-1) === '\n'
        return stream.write(text)
      },
    }
  }
}
