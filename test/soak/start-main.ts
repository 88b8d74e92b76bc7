import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Report } from '@rekey/stack'
import { runCompiled } from '@rekey/testbed'

/** How one run ended. */
interface Outcome {
  readonly code: number | null
  readonly report: Report | undefined
  readonly seconds: number
  readonly stderr: string
}

const USAGE = `npm run soak:start -- [--runs N] [--hogs N] [--suspend WHAT] [-- flags of npm start]

Runs npm start again and again, one round each, and counts runs that hang, requests that fail and certificates that are
lost. --hogs: as many busy processes beside it. --suspend: stops a process with SIGSTOP and lets it go on, again and again:
  service    one of the services at random, for 5 to 20 seconds
  vault      the server of the store, for 8 seconds
  postgres   the database server with all its sessions, for 8 seconds`

const MAIN = fileURLToPath(new URL('../../tools/stack/src/main.ts', import.meta.url))

/** What is suspended: how its command line is known, and for how long. */
const SUSPENSIONS: ReadonlyMap<string, { readonly command: string; readonly forMs: () => number }> =
  new Map([
    ['service', { command: '/services/', forMs: () => 5_000 + Math.random() * 15_000 }],
    ['vault', { command: 'vault', forMs: () => 8_000 }],
    ['postgres', { command: 'bin/postgres', forMs: () => 8_000 }],
  ])

/** Longer than a suspended process may keep every request waiting. */
const STALL_WHEN_SUSPENDED_MS = 45_000

const { values, positionals } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    hogs: { type: 'string', default: '0' },
    suspend: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
if (values.help) process.stdout.write(`${USAGE}\n`)
else await soak()

async function soak(): Promise<void> {
  const hogs = Array.from({ length: Number(values.hogs) }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  )
  const outcomes: Outcome[] = []
  try {
    for (let run = 1; run <= Number(values.runs); run += 1) {
      const outcome = await runOnce()
      outcomes.push(outcome)
      process.stdout.write(`${String(run).padStart(4)}  ${describe(outcome)}\n`)
    }
  } finally {
    for (const hog of hogs) hog.kill('SIGKILL')
  }
  process.stdout.write(`\n${summarise(outcomes)}\n`)
  if (outcomes.some(({ code }) => code !== 0)) process.exitCode = 1
}

async function runOnce(): Promise<Outcome> {
  const { suspend } = values
  const stall = suspend === undefined ? [] : ['--stall-ms', String(STALL_WHEN_SUSPENDED_MS)]
  const flags = ['--rounds', '1', '--json', ...stall, ...positionals]
  const startedAt = performance.now()
  const child = spawn(process.execPath, [...runCompiled(MAIN), ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [output, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const exited = once(child, 'exit') as Promise<[number | null]>
  const over = new AbortController()
  const suspending =
    suspend === undefined
      ? undefined
      : suspendOften(suspend, child, {
          isLoaded: () => stderr.includes('requests'),
          signal: over.signal,
        })
  const [code] = await exited
  over.abort()
  await suspending
  const seconds = (performance.now() - startedAt) / 1_000
  const report = output === '' ? undefined : (JSON.parse(output) as Report)
  return { code, report, seconds, stderr }
}

/** Suspends one process after the other, with whatever it has started, from the first request on. */
async function suspendOften(
  what: string,
  parent: ChildProcess,
  { isLoaded, signal }: { readonly isLoaded: () => boolean; readonly signal: AbortSignal },
): Promise<void> {
  const suspension = SUSPENSIONS.get(what)
  if (suspension === undefined) throw new TypeError(USAGE)
  while (!isLoaded() && !signal.aborted) await delay(100)
  while (!signal.aborted) {
    await delay(4_000 + Math.random() * 3_000, undefined, { signal }).catch(() => undefined)
    const found = await childrenOf(parent.pid ?? 0, suspension.command)
    const pid = found[Math.floor(Math.random() * found.length)]
    if (pid === undefined) continue
    const all = [pid, ...(await childrenOf(pid, ''))]
    for (const each of all) sendSignal(each, 'SIGSTOP')
    await delay(suspension.forMs(), undefined, { signal }).catch(() => undefined)
    for (const each of all) sendSignal(each, 'SIGCONT')
  }
}

async function childrenOf(parent: number, command: string): Promise<number[]> {
  const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8').catch(() => '')
  const pids = children.split(' ').filter(Boolean).map(Number)
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  )
  return pids.filter((_, n) => commands[n]?.includes(command))
}

/** False if the process has ended. */
function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

function describe({ code, report, seconds, stderr }: Outcome): string {
  const time = `${seconds.toFixed(1)} s`
  if (report === undefined) return `exit ${String(code)} after ${time}\n${stderr.slice(-6_000)}`
  const { load, losses } = report
  const reasons = Object.entries(load.failuresByReason).map(([why, n]) => `${n} × ${why}`)
  const words = [...losses, ...reasons].join('; ')
  const evidence = code === 0 ? '' : `\n${stderr.slice(-6_000)}`
  return `exit ${String(code)} after ${time}, ${load.requests} requests, slowest ${load.latency.mostMs} ms  ${words}${evidence}`
}

function summarise(outcomes: readonly Outcome[]): string {
  const reports = outcomes.flatMap(({ report }) => report ?? [])
  const sum = (count: (report: Report) => number) =>
    reports.reduce((total, report) => total + count(report), 0)
  const hangs = outcomes.filter(({ stderr }) => stderr.includes('no request was answered')).length
  return [
    `${outcomes.length} runs, ${hangs} hangs, ${outcomes.length - reports.length} without a report`,
    `${sum(({ load }) => load.requests)} requests, ${sum(({ load }) => load.failures)} failed`,
    `${sum(({ certificatesMissing }) => certificatesMissing)} certificates missing`,
  ].join('\n')
}
