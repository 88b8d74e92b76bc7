import { CommanderError } from 'commander'
import type { CliContext } from './cli-context.ts'
import { describeFailure, exitCodeOf } from './failure.ts'
import { createProgram } from './program.ts'

/** Runs the command line of a process, and sets its exit code. */
export async function runCommandLine(
  process: NodeJS.Process,
  env: CliContext['env'],
): Promise<void> {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      stop.abort(new Error(`stopped by ${name}: run the same command again to go on`))
    })
  }
  try {
    const context = { process, env, cwd: process.cwd(), signal: stop.signal }
    await createProgram(context).parseAsync(process.argv)
  } catch (error) {
    // Commander has printed its own message already.
    if (!(error instanceof CommanderError)) process.stderr.write(`${describeFailure(error)}\n`)
    process.exitCode = exitCodeOf(error)
  }
}
