import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { runCompiled } from '@rekey/testbed'
import { type BenchTable, effort } from './bench-table.ts'
import type { RoundCost, RoundKind } from './refresh-round.ts'

const SECRETS = effort(10_000, 100)
const ROUNDS = effort(7, 1)
const CHILD = fileURLToPath(new URL('refresh-round.ts', import.meta.url))

/** A young generation that holds a whole round: then the growth of the heap is what the round has allocated. */
const FLAGS = ['--expose-gc', '--max-semi-space-size=256', '--min-semi-space-size=256']

const KINDS: Readonly<Record<RoundKind, string>> = {
  each: 'each read by itself',
  all: 'all read in one answer',
}

/** What it costs a process to refresh 10,000 live secrets that all fall due at the same moment and have not changed. */
export async function benchRefreshCost(): Promise<BenchTable> {
  const rows: { name: string; perSecond: number }[] = []
  for (const [kind, name] of Object.entries(KINDS)) {
    const { cpuMs, wallMs, allocatedBytes, worstDelayMs } = medianOf(await measure(kind))
    const cost = `a round: ${cpuMs.toFixed(0)} ms of processor, ${wallMs.toFixed(0)} ms in all`
    const memory = `${(allocatedBytes / 2 ** 20).toFixed(1)} MiB allocated`
    const loop = `event loop late by at most ${worstDelayMs.toFixed(0)} ms`
    rows.push({ name: `${name} (${cost}, ${memory}, ${loop})`, perSecond: (SECRETS * 1e3) / cpuMs })
  }
  const first = rows[0]?.perSecond ?? NaN
  return {
    title: `Secrets refreshed a second of processor time, ${SECRETS.toLocaleString('en')} at once`,
    rows: rows.map((row) => ({ ...row, ratio: row.perSecond / first })),
    note: `median of ${ROUNDS} rounds through a memory store; in use the draw of rand[ttl/2, ttl] spreads them`,
  }
}

async function measure(kind: string): Promise<RoundCost[]> {
  const args = [...FLAGS, ...runCompiled(CHILD), kind, String(SECRETS), String(ROUNDS)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  let costs: RoundCost[] | undefined
  child.on('message', (message: RoundCost[]) => (costs = message))
  await once(child, 'close')
  if (costs === undefined) throw new Error('the process that refreshes ended too early')
  return costs
}

function medianOf(costs: readonly RoundCost[]): RoundCost {
  const median = (pick: (cost: RoundCost) => number) =>
    costs.map(pick).sort((a, b) => a - b)[Math.floor(costs.length / 2)] ?? NaN
  return {
    cpuMs: median(({ cpuMs }) => cpuMs),
    wallMs: median(({ wallMs }) => wallMs),
    allocatedBytes: median(({ allocatedBytes }) => allocatedBytes),
    worstDelayMs: median(({ worstDelayMs }) => worstDelayMs),
  }
}
