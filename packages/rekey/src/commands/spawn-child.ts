import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import type { Socket } from 'node:net'
import { constants } from 'node:os'
import type { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { systemClock } from '@rekey/secret'
import { errnoOf } from '@rekey/secret/internal/files'
import type { CliContext } from './cli-context.ts'
import { isOneOutput, openPipes } from './output-pipes.ts'

/** A command that runs. */
export interface RunningChild {
  /**
   * The exit code as a shell gives it: 128 + n if signal n ended it, 126 or 127 if it could not be run. Never rejects. It comes when
   * the output has ended as well, or is left open by a process that the command has left behind.
   */
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

/** How a command is run. */
export interface SpawnOptions {
  readonly env: Readonly<Record<string, string>>
  /** Creates a stream that its output passes, one for each of its pipes. Absent: it has our own output. */
  readonly mask?: () => Transform
  /** Called if its output passes sockets, since no pipes could be opened. */
  readonly onSockets?: () => void
}

/**
 * Runs a command with this environment, and our own standard input. What is one output to us is one pipe to the command, so that what it
 * writes to both of its outputs keeps its order.
 *
 * @param complain is called with the reason why a command could not be run, without its arguments
 */
export function spawnChild(
  [command = '', ...args]: readonly string[],
  options: SpawnOptions,
  complain: (why: string) => void,
): RunningChild {
  const { child, outputs } = spawnPiped(command, args, options)
  const printed = Promise.all(outputs.map((output) => print(output, options.mask)))
  const ended = exitOf(child, command, complain).then(async (code) => {
    await outputEnds(outputs, printed)
    return code
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

/** An output of a command, and ours to which it belongs. */
interface ChildOutput {
  readonly from: Readable | null
  readonly to: NodeJS.WritableStream
}

function spawnPiped(
  command: string,
  args: readonly string[],
  { env, mask, onSockets }: SpawnOptions,
): { child: ChildProcess; outputs: readonly ChildOutput[] } {
  const { stdout, stderr } = globalThis.process
  if (mask === undefined)
    return { child: spawn(command, args, { env, stdio: 'inherit' }), outputs: [] }
  const pipes = openPipes(isOneOutput() ? 1 : 2, env['PATH'])
  if (pipes === undefined) {
    onSockets?.()
    const child = spawn(command, args, { env, stdio: ['inherit', 'pipe', 'pipe'] })
    const outputs = [
      { from: child.stdout, to: stdout },
      { from: child.stderr, to: stderr },
    ]
    return { child, outputs }
  }
  const [out, error = out] = pipes
  try {
    const child = spawn(command, args, { env, stdio: ['inherit', out?.writer, error?.writer] })
    const outputs = pipes.map(({ reader }, i) => ({ from: reader, to: i === 0 ? stdout : stderr }))
    return { child, outputs }
  } finally {
    for (const { writer } of pipes) closeSync(writer)
  }
}

/** The exit code as a shell gives it. */
function exitOf(
  child: ChildProcess,
  command: string,
  complain: (why: string) => void,
): Promise<number> {
  return new Promise<number>((resolve) => {
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
}

/** Prints the output of a command, masked. Where our reader is gone, so is that of the command, which learns it at its next write. */
async function print({ from, to }: ChildOutput, mask: SpawnOptions['mask']): Promise<void> {
  if (from === null || mask === undefined) return
  await pipeline(from, mask(), to, { end: false }).catch(() => undefined)
}

/** How long the output of a command that has ended may stay open, by a process that it has left behind. */
const LEFT_OPEN_MS = 2_000

async function outputEnds(
  outputs: readonly ChildOutput[],
  printed: Promise<unknown>,
): Promise<void> {
  const over = new AbortController()
  const late = systemClock.sleep(LEFT_OPEN_MS, over.signal).then(
    () => {
      for (const { from } of outputs) (from as Socket | null)?.unref()
    },
    () => undefined,
  )
  await Promise.race([printed, late])
  over.abort()
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
