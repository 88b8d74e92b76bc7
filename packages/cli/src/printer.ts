import type { RotationEvent } from '@rekey/rotation'
import type { CliContext, CommonFlags } from './cli-context.ts'
import { colour, hasColours } from './colours.ts'
import { describeFailure, exitCodeOf, failureCodeOf } from './failure.ts'

/** Output of the commands: lines for people, or one JSON object a line. */
export interface Printer {
  /** Prints `line` as JSON, or `text`. */
  readonly line: (line: object, text: string) => void
  /** Prints a line for people; nothing with `--json`. */
  readonly note: (text: string) => void
  /** Prints a step that has ended and each alarm; on a terminal also what is being waited for. */
  readonly step: (event: RotationEvent) => void
  /** Prints what went wrong with one secret of several, and gives the exit code of that failure. */
  readonly failed: (secret: string, error: unknown) => number
}

/** Creates the printer that the flags ask for. */
export function createPrinter({ json }: CommonFlags, { process, env }: CliContext): Printer {
  const { stdout, stderr } = process
  const shown = hasColours(stdout, env) ? colour : (text: string) => text
  const line = (value: object, text: string) => {
    stdout.write(`${json ? JSON.stringify(value) : shown(text)}\n`)
  }
  return {
    line,
    note(text) {
      if (!json) stdout.write(`${text}\n`)
    },
    step(event) {
      const { secret, step, phase, message = '' } = event
      if (phase === 'end') line(event, `${secret}  ${step}`)
      else if (phase === 'alarm') line(event, `${secret}  ${message}`)
      else if (phase === 'waiting' && !json && stderr.isTTY) {
        stderr.write(`\r\u001b[K${step}: ${message}\r`)
      }
    },
    failed(secret, error) {
      const message = describeFailure(error)
      const exitCode = exitCodeOf(error)
      const code = failureCodeOf(error)
      const outcome = code === 'busy' ? 'busy' : 'failed'
      if (json) line({ secret, outcome, code, message, exitCode }, '')
      else stderr.write(`${message}\n`)
      return exitCode
    },
  }
}
