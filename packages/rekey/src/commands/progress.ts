import type { CliContext } from './cli-context.ts'

type Output = CliContext['process']['stdout'] & { readonly columns?: number }

const CLEAR = '\r\u001b[K'
const TICK_MS = 1000
/** The width of a terminal that gives none. */
const COLUMNS = 80

/** The time that a command has been at work, shown on a terminal. */
export interface Progress {
  readonly stdout: Output
  readonly stderr: Output
  /** Shows `title` and the seconds, from the second one on, until {@link end}. */
  start(title: string): void
  /** Shows instead of the title for what it waits; without a text, the title again. */
  wait(text?: string): void
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
  #title = ''
  #wait: string | undefined
  #seconds = 0
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
    this.#title = title
    this.#timer = setInterval(() => {
      this.#seconds += 1
      this.#draw()
    }, TICK_MS)
    this.#timer.unref()
  }

  wait(text?: string): void {
    this.#wait = text
    if (this.#timer !== undefined && text !== undefined) this.#draw()
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

  #draw(): void {
    if (!this.#isLineDone || this.#isPaused) return
    const text = this.#wait ?? this.#title
    const seconds = ` (${this.#seconds} s)`
    // A line that wraps cannot be drawn over, and in its last column a terminal may wrap already.
    const width = (this.#terminal.columns ?? COLUMNS) - 1 - seconds.length
    const cut = text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text
    this.#terminal.write(`${CLEAR}${cut}${seconds}`)
    this.#isShown = true
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
