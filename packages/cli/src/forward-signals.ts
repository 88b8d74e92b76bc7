import type { CliContext } from './cli-context.ts'

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
export interface ForwardedSignals extends Disposable {
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
