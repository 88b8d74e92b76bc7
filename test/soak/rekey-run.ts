import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { runCompiled } from '@rekey/testbed'

const REKEY = fileURLToPath(new URL('../../packages/rekey/src/main.ts', import.meta.url))

/** A line of `--json`. */
export type Line = Readonly<Record<string, unknown>> & { readonly type: string }

/** One run of the command that has ended. */
export interface EndedRun {
  /** `rotate api-key frontend:signing` */
  readonly words: string
  /** As `rekey` names it: `HOST:PID` without the host. */
  readonly pid: number
  readonly lines: readonly Line[]
  readonly stderr: string
  readonly code: number | null
  readonly killedBy: NodeJS.Signals | null
  /** It had to be killed, since it did not end. */
  readonly hangs: boolean
  readonly tookMs: number
}

/** One run of the command. */
export interface RekeyRun {
  readonly pid: number
  /** Resolves when the step has ended, or the run. */
  readonly until: (step: string) => Promise<void>
  readonly signal: (name: NodeJS.Signals) => void
  readonly ended: Promise<EndedRun>
}

/** Longer than every limit of a rotation, with the lease of one that was killed, and a minute for the lock of the audit log at each of its last entries. */
const HANGS_MS = 300_000

/** Starts `rekey` as a process of its own. */
export function startRekey(
  words: string,
  { directory, env = {} }: { readonly directory: string; readonly env?: Record<string, string> },
): RekeyRun {
  const startedAt = performance.now()
  const args = [...words.split(' '), '--stack', directory, '--json']
  const child = spawn(process.execPath, [...runCompiled(REKEY), ...args], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      XDG_RUNTIME_DIR: process.env['XDG_RUNTIME_DIR'],
      TMPDIR: tmpdir(),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: Line[] = []
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const output = createInterface({ input: child.stdout })
  output.on('line', (text) => {
    const line = parse(text)
    if (line !== undefined) lines.push(line)
  })
  let hangs = false
  const limit = setTimeout(() => {
    hangs = true
    child.kill('SIGKILL')
  }, HANGS_MS)
  const ended = once(child, 'close').then(([code, killedBy]): EndedRun => {
    clearTimeout(limit)
    const tookMs = performance.now() - startedAt
    const how = { code: code as number | null, killedBy: killedBy as NodeJS.Signals | null }
    return { words, pid: child.pid ?? 0, lines, stderr, ...how, hangs, tookMs }
  })
  const hasEnded = (step: string) => lines.some((line) => line['step'] === step)
  return {
    pid: child.pid ?? 0,
    signal: (name) => void child.kill(name),
    ended,
    async until(step) {
      const over = ended.then(() => true)
      while (!hasEnded(step)) {
        const next = new Promise<false>((resolve) => {
          output.once('line', () => {
            resolve(false)
          })
        })
        if (await Promise.race([over, next])) return
      }
    },
  }
}

/** A process that is killed may leave half a line. */
function parse(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line
  } catch {
    return undefined
  }
}

/** What a run failed with, in words; undefined if it printed none. */
export function failureOf({ lines }: EndedRun): string | undefined {
  return lines.find(({ type }) => type === 'failure')?.['message'] as string | undefined
}

/** Runs the command to its end. */
export function runRekey(words: string, directory: string): Promise<EndedRun> {
  return startRekey(words, { directory }).ended
}
