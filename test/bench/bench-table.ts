import type { Bench } from 'tinybench'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { bundlePackages, findPackages } from '@rekey/packaging'

/** What one benchmark measured, ready to print. */
export interface BenchTable {
  readonly title: string
  readonly rows: readonly BenchRow[]
  /** What the ratio is meant to be, in words. */
  readonly aim?: string
  readonly note?: string
}

/** The same for what is not a rate: a cell for each column in each row. */
export interface CellTable {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly { readonly name: string; readonly cells: readonly string[] }[]
  readonly aim?: string
  readonly note?: string
}

/** One contender. */
export interface BenchRow {
  readonly name: string
  readonly perSecond: number
  /** Against the first row, which is 1. */
  readonly ratio: number
}

/** The rows of a finished tinybench run, by its median throughput. */
export function rowsOf(bench: Bench): BenchRow[] {
  const measured = bench.tasks.map(({ name, result }) => ({
    name,
    perSecond: 'throughput' in result ? result.throughput.p50 : 0,
  }))
  const first = measured[0]?.perSecond ?? 0
  return measured.map((row) => ({ ...row, ratio: row.perSecond / first }))
}

/** With this flag the benches only show that they work. */
const QUICK = '--quick'

/** What a bench works with: `full` for figures that count, `quick` to see in a moment that it works. */
export function effort<Value>(full: Value, quick: Value): Value {
  return process.argv.includes(QUICK) ? quick : full
}

/** The median of some calls one after the other. */
export async function medianMs(rounds: number, call: () => unknown): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now()
    await call()
    times.push(performance.now() - start)
  }
  return times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? NaN
}

/** Writes the code of the packages, unless it is up to date: as it is published it is measured. */
export const writePackages = (): Promise<void> =>
  bundlePackages(findPackages(fileURLToPath(new URL('../../', import.meta.url))))
