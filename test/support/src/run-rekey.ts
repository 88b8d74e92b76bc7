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
