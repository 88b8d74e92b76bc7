import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Report } from '@rekey/stack'
import { runSourceFlags } from '@rekey/stack'
import { expect, it, onTestFinished, vi } from 'vitest'

const MAIN = fileURLToPath(new URL('../../tools/stack/src/main.ts', import.meta.url))
const SLOW_MS = 120_000
const isRoot = process.getuid?.() === 0

interface Run {
  readonly child: ChildProcess
  readonly directory: string
  output(): string
  ended(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

interface Place {
  /** Default: a new one. */
  readonly directory?: string
  readonly mode?: number
  /** Mount options of a tmpfs to put there. */
  readonly mount?: string
}

/** `npm start` with its own place for temporary files, so that what it leaves behind can be seen. */
async function start(flags: string[], place: Place = {}): Promise<Run> {
  const directory = place.directory ?? (await mkdtemp(join(tmpdir(), 'rekey-start-')))
  if (place.directory === undefined) onTestFinished(() => rm(directory, { recursive: true }))
  // The user that PostgreSQL runs as must be able to enter it.
  await chmod(directory, place.mode ?? 0o755)
  if (place.mount !== undefined) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `${place.mount},mode=755`, 'tmpfs', directory])
    onTestFinished(() => void execFileSync('umount', ['-l', directory]))
  }
  const child = spawn(process.execPath, [...runSourceFlags(), MAIN, ...flags], {
    env: { ...process.env, TMPDIR: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  }
  return {
    child,
    directory,
    output: () => output,
    ended: async () => {
      const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null]
      return { code, signal }
    },
  }
}

/** Stacks and databases, and processes that were started with this place for temporary files. */
async function leftIn(directory: string): Promise<string[]> {
  const stacks = (await readdir(directory)).filter((name) => name.startsWith('rekey-stacks'))
  const inStacks = await Promise.all(stacks.map((name) => readdir(join(directory, name))))
  const databases = (await readdir(directory)).filter((name) => name.startsWith('rekey-postgres'))
  return [...inStacks.flat(), ...databases, ...(await processesOf(directory))]
}

async function processesOf(directory: string): Promise<string[]> {
  if (!existsSync('/proc')) return []
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found: string[] = []
  for (const pid of pids) {
    const text = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (text.includes(directory) || command.includes(directory)) found.push(command)
  }
  return found
}

async function until(run: Run, text: string): Promise<void> {
  while (!run.output().includes(text)) {
    if (run.child.exitCode !== null) throw new Error(`it ended before: ${run.output()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

it(
  'does the main job twice at once, each without disturbing the other',
  async () => {
    const runs = await Promise.all([
      start(['--rounds', '1', '--people', '1', '--json']),
      start(['--rounds', '1', '--people', '1', '--json']),
    ])
    for (const run of runs) {
      expect(await run.ended(), run.output()).toEqual({ code: 0, signal: null })
      const report = JSON.parse(
        run
          .output()
          .split('\n')
          .find((line) => line.startsWith('{')) ?? '',
      ) as Report
      expect(report.losses).toEqual([])
      expect(await leftIn(run.directory)).toEqual([])
    }
  },
  SLOW_MS,
)

it.each(['starting PostgreSQL', 'starting identity provider', 'starting signing', 'generate'])(
  'cleans up and exits with 130 on Ctrl-C at: %s',
  async (moment) => {
    const run = await start(['--people', '1'])
    await until(run, moment)
    run.child.kill('SIGINT')
    expect(await run.ended()).toEqual({ code: 130, signal: null })
    expect(run.output()).toContain('stopped')
    expect(await leftIn(run.directory)).toEqual([])
  },
  SLOW_MS,
)

it(
  'leaves no process behind when it is killed itself, and its files go with the next start',
  async () => {
    const run = await start(['--people', '1'])
    await until(run, 'generate')
    run.child.kill('SIGKILL')
    await run.ended()
    await vi.waitFor(
      async () => {
        expect(await processesOf(run.directory)).toEqual([])
      },
      { timeout: 30_000, interval: 500 },
    )
    expect(await leftIn(run.directory)).toHaveLength(1)
    const next = await start(['--people', '1'], { directory: run.directory })
    await until(next, 'starting PostgreSQL')
    next.child.kill('SIGINT')
    await next.ended()
    expect(await leftIn(run.directory)).toEqual([])
  },
  SLOW_MS,
)

it.each([
  [['--rounds', 'many'], '--rounds takes a whole number'],
  [['--people', '0'], '--people takes a whole number'],
  [['--speed'], "Unknown option '--speed'"],
  [['stay'], "Unexpected argument 'stay'"],
])('says how to use it when called with %j', async (flags, words) => {
  const run = await start(flags)
  expect(await run.ended()).toMatchObject({ code: 2 })
  expect(run.output()).toContain(words)
})

it(
  'says what to do when the server may not enter its place for temporary files',
  async () => {
    const run = await start(['--people', '1'], { mode: 0o700 })
    const { code } = await run.ended()
    if (isRoot) expect(run.output()).toContain('no permission to write there: set TMPDIR')
    expect(code).toBe(isRoot ? 1 : 0)
  },
  SLOW_MS,
)

it.runIf(isRoot)('says what to do when the disk is full, and leaves nothing behind', async () => {
  const run = await start([], { mount: 'size=2m' })
  expect(await run.ended()).toMatchObject({ code: 1 })
  expect(run.output()).toContain('the disk is full')
  expect(await leftIn(run.directory)).toEqual([])
})
