import type { CliContext } from './cli-context.ts'
import { COMMANDS } from './commands.ts'
import { fileError } from '@rekey/secret/internal/files'
import {
  describeFailure,
  exitCodeOf,
  failureDocument,
  stopCodeOf,
  StoppedError,
  UNWRITABLE,
} from './failure.ts'
import { fullName } from './program-help.ts'
import { createProgram } from './program.ts'
import { createProgress, type Progress } from './progress.ts'
import { printableText } from '@rekey/secret/internal'
import { CommanderError } from 'commander'
import { colourFailure, hasColours } from './colours.ts'

/** It has the terminal to itself, and gets the signals. */
const RUN = 'run'
/** For a command to leave the terminal as it was. */
const GRACE_MS = 500
/** For the output of a command that leaves something behind, before the process ends. */
const LEAVE_MS = 500

/**
 * Runs the command line of a process, and sets its exit code. A signal, or an output that nothing reads any more, stops it with exit code 4, an
 * output on a full disk with 8;
 * a second signal ends it at once.
 *
 * @param args the words after `rekey`
 */
export async function runCommandLine(
  process: NodeJS.Process,
  env: CliContext['env'],
  args: readonly string[] = process.argv.slice(2),
): Promise<void> {
  const progress = createProgress(process.stdout, process.stderr)
  const { signal, running } = stopOnSignals(process, progress)
  const leaving = { is: false }
  const context: CliContext = {
    ...{ process: partsOf(process, progress), env, cwd: process.cwd() },
    ...{ signal, pause: () => progress.pause() },
    showWait: (text) => {
      progress.wait(text)
    },
    leaveBehind: () => {
      leaving.is = true
    },
  }
  try {
    const program = await createProgram(context, args)
    program.hook('preAction', (_, command) => {
      running.command = fullName(command)
      if (running.command !== RUN) progress.start(`rekey ${command.name()}`)
    })
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    process.exitCode = printFailure(error, args, context)
  } finally {
    progress.end()
    if (leaving.is) endSoon(process)
  }
}

/** Ends the process if something still keeps it, once its output is written. */
function endSoon(process: NodeJS.Process): void {
  setTimeout(() => {
    process.stdout.write('', () => process.exit())
  }, LEAVE_MS).unref()
}

/** Stops a command at a signal, or once its output is closed; `running` is to be set when it begins. */
function stopOnSignals(process: NodeJS.Process, progress: Progress) {
  const stop = new AbortController()
  const running: { command: string | undefined } = { command: undefined }
  const exit = () => {
    progress.end()
    process.exit(stopCodeOf(stop.signal))
  }
  const halt = (reason: unknown) => {
    const isSecond = stop.signal.aborted
    stop.abort(reason)
    if (running.command === RUN) return
    if (isSecond) exit()
    if (endsItself(running.command)) return
    process.exitCode = stopCodeOf(stop.signal)
    setTimeout(exit, GRACE_MS).unref()
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      halt(stopped(`by ${name}`))
    })
  }
  const outputs = { 'standard output': process.stdout, 'standard error': process.stderr }
  for (const [name, stream] of Object.entries(outputs)) {
    stream.on('error', (error) => {
      const full = fileError(error, name)
      if (exitCodeOf(full) !== UNWRITABLE) {
        halt(stopped('as its output was closed'))
      } else if (!stop.signal.aborted) {
        halt(full)
        // Of a disk that is full, the other output may be on another one.
        process.stderr.write(`${describeFailure(full)}\n`)
      }
    })
  }
  return { signal: stop.signal, running }
}

function stopped(why: string): StoppedError {
  return new StoppedError(`stopped ${why}: run the same command again to continue`)
}

function endsItself(name: string | undefined): boolean {
  return COMMANDS.some(({ path, endsItself = false }) => path === name && endsItself)
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
