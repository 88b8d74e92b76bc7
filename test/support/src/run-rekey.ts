import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { REKEY } from './built-rekey.ts'

/** What one run of the command printed, and how it ended. */
interface RekeyRun {
  readonly stdout: string
  readonly stderr: string
  readonly code: number | null
  /** The lines of `--json`. */
  readonly lines: () => Record<string, unknown>[]
}

/** Runs `rekey` as a process of its own, with `env` added to the environment and `stdin` piped into it. */
export async function runRekey(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  stdin = '',
): Promise<RekeyRun> {
  const child = spawn(process.execPath, [REKEY, ...args], {
    stdio: 'pipe',
    env: { ...process.env, ...env },
  })
  // It may have ended before it reads.
  child.stdin.on('error', () => undefined).end(stdin)
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  const lines = () =>
    stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  return { stdout, stderr, code, lines }
}

/** A `rekey` that runs until it is stopped. */
export interface RunningRekey extends AsyncDisposable {
  /** The lines of `--json` so far. */
  readonly lines: () => Record<string, unknown>[]
  /** Sends a signal. Resolves to the exit code when it has ended. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts `rekey` as a process of its own, with `--json`, and `env` added to the environment. */
export function startRekey(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): RunningRekey {
  const child = spawn(process.execPath, [REKEY, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const ended = once(child, 'close') as Promise<[number | null]>
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal)
    const [code] = await ended
    return code
  }
  const lines = () => {
    const whole = printed.split('\n').slice(0, -1)
    return whole.map((line) => JSON.parse(line) as Record<string, unknown>)
  }
  const close = async () => {
    await stop('SIGKILL')
  }
  return { lines, stop, [Symbol.asyncDispose]: close }
}
