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
  end(): void
}

/**
 * Creates a progress display in a line of standard error that the next output replaces. While a line of the output is unfinished, such as a
 * question, it shows nothing; without a terminal it never does.
 */
export function createProgress(stdout: Output, stderr: Output): Progress {
  let timer: NodeJS.Timeout | undefined
  let isShown = false
  let isLineDone = true
  const hide = () => {
    if (isShown) stderr.write(CLEAR)
    isShown = false
  }
  const through = (stream: Output): Output => ({
    isTTY: stream.isTTY === true,
    write(text) {
      hide()
      isLineDone = text.endsWith('\n')
      return stream.write(text)
    },
  })
  return {
    stdout: through(stdout),
    stderr: through(stderr),
    start(title) {
      if (stderr.isTTY !== true) return
      let seconds = 0
      timer = setInterval(() => {
        seconds += 1
        if (!isLineDone) return
        stderr.write(`${CLEAR}${title}: ${seconds} s`)
        isShown = true
      }, TICK_MS)
      timer.unref()
    },
    end() {
      clearInterval(timer)
      hide()
    },
  }
}
