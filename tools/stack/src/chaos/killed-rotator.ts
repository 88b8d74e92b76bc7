import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import type { Step } from '@rekey/secret/internal/kind'
import { runCompiled } from '@rekey/testbed'

/** Where a rotator is killed. */
export interface KilledRotation {
  /** Which secret: `api-key frontend:signing`. */
  readonly title: string
  readonly step: Step
  /** Of the stack. */
  readonly directory: string
  readonly validationMs: number
  readonly signal: AbortSignal
  readonly onEvent: (event: RotationEvent) => void
}

/** How long a rotator that was killed keeps others out. It renews that three times meanwhile. */
const LEASE_MS = 3_000

// Built, this file and that one are JavaScript.
const built = import.meta.url.endsWith('.js')
const MAIN = fileURLToPath(new URL(`./rotator-main.${built ? 'js' : 'ts'}`, import.meta.url))
const END_WITH_PARENT = `--import=${new URL('../end-with-parent.mjs', import.meta.url).href}`

/**
 * Rotates a secret in a process of its own, and kills that with SIGKILL as the rotation begins a step.
 *
 * @throws {Error} if it ended before; the reason of `signal`
 */
export async function killRotatorAt(rotation: KilledRotation): Promise<void> {
  const { title, step, directory, validationMs, signal, onEvent } = rotation
  const args = [title, step, directory, String(LEASE_MS), String(validationMs)]
  const program = [END_WITH_PARENT, ...(built ? [MAIN] : runCompiled(MAIN)), ...args]
  const child = spawn(process.execPath, program, {
    env: { PATH: process.env['PATH'], TMPDIR: tmpdir() },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const kill = () => child.kill('SIGKILL')
  signal.addEventListener('abort', kill)
  child.on('message', (event: RotationEvent) => {
    onEvent(event)
    if (event.phase === 'begin' && event.step === step) kill()
  })
  const [code, killedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  signal.removeEventListener('abort', kill)
  signal.throwIfAborted()
  if (killedBy !== 'SIGKILL') throw new Error(`a rotator ended by itself: ${killedBy ?? code}`)
}
