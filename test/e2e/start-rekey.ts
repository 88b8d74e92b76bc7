import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { REKEY } from '@rekey/test-support'
import { onTestFinished } from 'vitest'

const PATIENCE_MS = 30_000

/** A `rekey` that runs. */
export interface StartedRekey {
  readonly process: ChildProcess
  /** Everything that it and its child have printed so far. */
  readonly output: () => string
  /** Waits until that matches, and gives the match. */
  readonly until: (pattern: RegExp) => Promise<RegExpExecArray>
  readonly exitCode: Promise<number | null>
}

/** Starts `rekey` as a process of its own, with nothing in its environment but PATH and `env`. */
export function startRekey(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): StartedRekey {
  const child = spawn(process.execPath, [REKEY, ...args], {
    stdio: 'pipe',
    env: { PATH: process.env['PATH'] ?? '', ...env },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  }
  const exitCode = once(child, 'close').then(([code]) => code as number | null)
  return {
    process: child,
    exitCode,
    output: () => text,
    async until(pattern) {
      const deadline = Date.now() + PATIENCE_MS
      for (;;) {
        const match = pattern.exec(text)
        if (match !== null) return match
        if (Date.now() > deadline) throw new Error(`it never printed ${String(pattern)}`)
        await delay(20)
      }
    },
  }
}
