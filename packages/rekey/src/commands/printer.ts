import { disclosed } from '@rekey/log-redactor'
import { printableText } from '@rekey/secret/internal'
import type { z } from 'zod'
import type { CliContext, CommonFlags } from './cli-context.ts'
import { colour, hasColours } from './colours.ts'
import { failureDocument } from './failure.ts'
import type { Shown } from './json-output.ts'

/**
 * Output of the commands: lines for people, or one JSON object a line, as the schema `S` describes it. Names in lines for people come from
 * other processes and servers, so control characters in them are shown, and rule no terminal.
 */
export interface Printer<S extends z.ZodType> {
  /** Prints `line` as JSON, or `text`. */
  readonly line: (line: Shown<z.input<S>>, text: string) => void
  /** Prints `line` as JSON, or `text`, and masks nothing: for scripts without a value, in which the word `password` has a variable. */
  readonly script: (line: Shown<z.input<S>>, text: string) => void
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
  const format = (value: unknown, text: string) => `${json ? JSON.stringify(value) : text}\n`
  return {
    line(value, text) {
      stdout.write(format(value, shown(printableText(text))))
    },
    script(value, text) {
      stdout.write(disclosed(format(value, text)))
    },
    note(text) {
      if (!json) stdout.write(`${printableText(text)}\n`)
    },
    failed(secret, error) {
      const failure = failureDocument(error, secret)
      if (json) stdout.write(`${JSON.stringify(failure)}\n`)
      else stderr.write(`${printableText(failure.message)}\n`)
      return failure.exitCode
    },
  }
}
