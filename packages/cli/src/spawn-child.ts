import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { systemClock } from '@rekey/secret'
import { errnoOf } from '@rekey/secret/files'
import type { CliContext } from './cli-context.ts'

/** A command that runs. */
export interface RunningChild {
  /** The exit code as a shell gives it: 128 + n if signal n ended it, 126 or 127 if it could not be run. Never rejects. */
  readonly ended: Promise<number>
  kill(signal: NodeJS.Signals): void
  /** SIGTERM, and SIGKILL after `graceMs`. */
  stop(graceMs: number): Promise<void>
}

const CANNOT_RUN: Readonly<Record<string, readonly [exitCode: number, why: string]>> = {
  ENOENT: [127, 'there is no such command'],
  EACCES: [126, 'it may not be executed'],
  E2BIG: [126, 'its secrets and variables are too long for an environment'],
}

/**
 * Runs a command with this environment, and our own standard streams.
 *
 * @param complain is called with the reason why a command could not be run, without its arguments
 */
export function spawnChild(
  [command = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
  complain: (why: string) => void,
): RunningChild {
  const child = spawn(command, args, { env, stdio: 'inherit' })
  const ended = new Promise<number>((resolve) => {
    child.once('error', (error) => {
      const errno = errnoOf(error) ?? 'an unknown error'
      const [exitCode, why] = CANNOT_RUN[errno] ?? [126, `it failed with ${errno}`]
      complain(`${command} cannot be run: ${why}`)
      resolve(exitCode)
    })
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
  return {
    ended,
    kill: (signal) => void child.kill(signal),
    async stop(graceMs) {
      const over = new AbortController()
      child.kill('SIGTERM')
      const late = systemClock.sleep(graceMs, over.signal).then(
        () => child.kill('SIGKILL'),
        () => false,
      )
      await ended
      over.abort()
      await late
    },
  }
}

const FORWARDED: readonly NodeJS.Signals[] = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGUSR1',
  'SIGUSR2',
]

/** Signals that ask a process to end. */
const ENDING: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM']

/** A terminal sends these to every process in front of it, the child included. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT']

/** Signals on their way to a child. */
interface ForwardedSignals extends Disposable {
  /** Whether one of them asked the child to end. */
  readonly isStopping: () => boolean
}

/** Passes the signals that reach this process on to the child of the moment, until it is disposed. */
export function forwardSignals(
  { process }: Pick<CliContext, 'process'>,
  kill: (signal: NodeJS.Signals) => void,
): ForwardedSignals {
  let stopping = false
  const forward = (signal: NodeJS.Signals) => {
    stopping ||= ENDING.includes(signal)
    if (process.stdin?.isTTY === true && FROM_TERMINAL.includes(signal)) return
    kill(signal)
  }
  for (const signal of FORWARDED) process.on?.(signal, forward)
  return {
    isStopping: () => stopping,
    [Symbol.dispose]() {
      for (const signal of FORWARDED) process.off?.(signal, forward)
    },
  }
}
