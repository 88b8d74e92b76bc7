import type { Bench } from 'tinybench'

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
