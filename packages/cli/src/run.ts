import { CommanderError } from 'commander'
import type { CliContext } from './cli-context.ts'
import { colourFailure, hasColours } from './colours.ts'
import { describeFailure, exitCodeOf, STOPPED } from './failure.ts'
import { createProgram } from './program.ts'
import { createProgress, type Progress } from './progress.ts'

/** Commands that end by themselves once the signal of their context aborts: they leave a rotation so that it can be continued. */
const ENDS_ITSELF: readonly string[] = ['rotate', 'rollback', 'sweep', 'status', 'doctor', 'run']
/** It has the terminal to itself, and gets the signals. */
const RUN = 'run'

/**
 * Runs the command line of a process, and sets its exit code. A signal, or an output that nothing reads any more, stops it with exit code 4;
 * a second signal ends it at once.
 */
export async function runCommandLine(
  process: NodeJS.Process,
  env: CliContext['env'],
): Promise<void> {
  const stop = new AbortController()
  const progress = createProgress(process.stdout, process.stderr)
  let running: string | undefined
  const halt = (reason: string) => {
    const isOver = stop.signal.aborted || !ENDS_ITSELF.includes(running ?? '')
    stop.abort(new Error(`${reason}: run the same command again to continue`))
    if (!isOver || running === RUN) return
    progress.end()
    process.exit(STOPPED)
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      halt(`stopped by ${name}`)
    })
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => {
      halt('stopped, as its output was closed')
    })
  }
  try {
    const program = createProgram({
      ...{ process: partsOf(process, progress), env, cwd: process.cwd(), signal: stop.signal },
    })
    program.hook('preAction', (_, command) => {
      running = command.parent === program ? command.name() : undefined
      if (running !== RUN) progress.start(`rekey ${command.name()}`)
    })
    await program.parseAsync(process.argv)
  } catch (error) {
    // Commander has printed its own message already.
    if (!(error instanceof CommanderError)) print(describeFailure(error), progress.stderr, env)
    process.exitCode = stop.signal.aborted ? STOPPED : exitCodeOf(error)
  } finally {
    progress.end()
  }
}

function partsOf(process: NodeJS.Process, { stdout, stderr }: Progress): CliContext['process'] {
  return {
    ...{ stdout, stderr, stdin: process.stdin },
    on: (signal, listener) => process.on(signal, listener),
    off: (signal, listener) => process.off(signal, listener),
    get exitCode() {
      return process.exitCode
    },
    set exitCode(code) {
      process.exitCode = code
    },
  }
}

function print(text: string, stderr: Progress['stderr'], env: CliContext['env']): void {
  stderr.write(`${hasColours(stderr, env) ? colourFailure(text) : text}\n`)
}
