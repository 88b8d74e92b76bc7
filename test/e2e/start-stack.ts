import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Report } from '@rekey/stack'
import { runCompiled } from '@rekey/testbed'
import { onTestFinished } from 'vitest'

const MAIN = fileURLToPath(new URL('../../tools/stack/src/main.ts', import.meta.url))

/** `npm start` while it runs. */
export interface Run {
  readonly child: ChildProcess
  readonly directory: string
  output(): string
  ended(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/** Where it puts its temporary files. */
export interface Place {
  /** Default: a new one. */
  readonly directory?: string
  readonly mode?: number
  /** Mount options of a tmpfs to put there. */
  readonly mount?: string
  /** More variables of its environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Where what is to be done at the end goes. Default: the end of the test. */
  readonly atEnd?: (work: () => unknown) => void
}

/** `npm start` with its own place for temporary files, so that what it leaves behind can be seen. */
export async function start(flags: string[], place: Place = {}): Promise<Run> {
  const { atEnd = onTestFinished } = place
  const directory = place.directory ?? (await mkdtemp(join(tmpdir(), 'rekey-start-')))
  if (place.directory === undefined) atEnd(() => rm(directory, { recursive: true }))
  // The user that PostgreSQL runs as must be able to enter it.
  await chmod(directory, place.mode ?? 0o755)
  if (place.mount !== undefined) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `${place.mount},mode=755`, 'tmpfs', directory])
    atEnd(() => void execFileSync('umount', ['-l', directory]))
  }
  const runtime = runtimeOf(directory)
  await mkdir(runtime, { recursive: true, mode: 0o700 })
  const child = spawn(process.execPath, [...runCompiled(MAIN), ...flags], {
    env: { ...process.env, ...place.env, TMPDIR: directory, XDG_RUNTIME_DIR: runtime },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  atEnd(() => void child.kill('SIGKILL'))
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

/** Where the stacks of a place for temporary files are. */
const runtimeOf = (directory: string) => join(directory, 'runtime')
const stacksOf = (directory: string) => join(runtimeOf(directory), 'rekey-stacks')

/** The guard of a server ends after the process that it guards for. */
const END_MS = 5_000

/** Stacks, the files of servers, and processes that were started with this place for temporary files, once they had the time to end. */
export async function leftIn(directory: string): Promise<string[]> {
  const deadline = performance.now() + END_MS
  let left = await lookIn(directory)
  while (left.length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    left = await lookIn(directory)
  }
  return left
}

async function lookIn(directory: string): Promise<string[]> {
  const servers = (await readdir(directory)).filter((name) => name.startsWith('rekey-'))
  const stacks = await readdir(stacksOf(directory)).catch((): string[] => [])
  return [...stacks, ...servers, ...(await processesOf(directory))]
}

/** The command lines of processes that were started with this place for temporary files. */
export async function processesOf(directory: string): Promise<string[]> {
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

/** Waits until it has printed `text`. */
export async function until(run: Run, text: string): Promise<void> {
  while (!run.output().includes(text)) {
    if (run.child.exitCode !== null) throw new Error(`it ended before: ${run.output()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The report that a run with `--json` has printed, if it has. */
export function reportOf(run: Run): Report {
  const line = run
    .output()
    .split('\n')
    .find((each) => each.startsWith('{'))
  return JSON.parse(line ?? '') as Report
}

/** The directory of the one stack that runs there. */
export async function stackIn({ directory }: Run): Promise<string> {
  const [only = ''] = await readdir(stacksOf(directory))
  return join(stacksOf(directory), only)
}
