import { printableText } from '@rekey/secret/internal'
import { CommanderError } from 'commander'
import type { CliContext } from './cli-context.ts'
import { colourFailure, hasColours } from './colours.ts'
import { failureDocument, stopCodeOf } from './failure.ts'

/**
 * Prints a failure for people on standard error, and with `--json` for programs on standard output; where that is of another program, on
 * standard error.
 *
 * @param args as the command line has them, after `rekey`
 * @returns the exit code
 */
export function printFailure(
  error: unknown,
  args: readonly string[],
  { process, env, signal }: Pick<CliContext, 'process' | 'env' | 'signal'>,
): number {
  const { stdout, stderr } = process
  const failure = failureDocument(error)
  const exitCode = signal.aborted ? stopCodeOf(signal) : failure.exitCode
  if (exitCode === 0) return exitCode
  // Commander has printed its own message already.
  if (!(error instanceof CommanderError)) {
    const message = printableText(failure.message)
    stderr.write(`${hasColours(stderr, env) ? colourFailure(message) : message}\n`)
  }
  const [command] = args
  const end = args.indexOf('--')
  if (args.slice(0, end === -1 ? undefined : end).includes('--json')) {
    const output = command === 'run' ? stderr : stdout
    output.write(`${JSON.stringify({ ...failure, exitCode })}\n`)
  }
  return exitCode
}
