import type { z } from 'zod'
import type { CliContext, CommonFlags } from './cli-context.ts'
import { colour, hasColours } from './colours.ts'
import { failureDocument } from './failure.ts'
import type { Shown } from './json-output.ts'

/** Output of the commands: lines for people, or one JSON object a line, as the schema `S` describes it. */
export interface Printer<S extends z.ZodType> {
  /** Prints `line` as JSON, or `text`. */
  readonly line: (line: Shown<z.input<S>>, text: string) => void
  /** Prints a line for people; nothing with `--json`. */
  readonly note: (text: string) => void
  /** Prints what went wrong with one secret of several, or with all, and gives the exit code of that failure. */
  readonly failed: (secret: string | undefined, error: unknown) => number
}

/** Creates the printer that the flags ask for, of a command that prints lines of the schema `S`. */
export function createPrinter<S extends z.ZodType = never>(
  { json }: Pick<CommonFlags, 'json'>,
  { process, env }: CliContext,
): Printer<S> {
  const { stdout, stderr } = process
  const shown = hasColours(stdout, env) ? colour : (text: string) => text
  return {
    line(value, text) {
      stdout.write(`${json ? JSON.stringify(value) : shown(text)}\n`)
    },
    note(text) {
      if (!json) stdout.write(`${text}\n`)
    },
    failed(secret, error) {
      const failure = failureDocument(error, secret)
      if (json) stdout.write(`${JSON.stringify(failure)}\n`)
      else stderr.write(`${failure.message}\n`)
      return failure.exitCode
    },
  }
}
