import type { LoadCounts, StoreKind } from '@rekey/stack'
import type { FaultName } from './plan-rounds.ts'
import type { Sentences } from './sentences.ts'

/** What a round came to. */
export interface RoundResult {
  readonly counts: LoadCounts
  /** How many commands did not end. */
  readonly hangs: number
  /** Of the run so far. */
  readonly sentences: Sentences
  readonly newWrong: readonly string[]
}

/** The rounds with one fault. */
interface Row {
  rounds: number
  calls: number
  /** Requests that the killed process had received and not answered. */
  inHand: number
  lost: number
  /** Commands that did not end, and calls; the calls are among the lost ones. */
  hangs: number
  wrong: number
}

const NO_COUNTS: LoadCounts = {
  ...{ requests: 0, profiles: 0, logins: 0, failures: 0, hangs: 0, inHand: 0 },
  failuresByReason: {},
}
const HEAD = ['fault', 'rounds', 'calls', 'in hand', 'lost', 'hangs', 'false sentences']

/** Counts the rounds of a run. */
export class Tally {
  readonly #rows = new Map<FaultName, Row>()
  readonly #reasons = new Map<string, number>()
  #sentences: Sentences | undefined
  #store: StoreKind = 'dotenv'
  #fault: FaultName = 'kill-rotator'
  #counts = NO_COUNTS

  add(fault: FaultName, { counts, hangs, sentences, newWrong }: RoundResult): void {
    const row = this.#rows.get(fault) ?? newRow()
    this.#rows.set(fault, row)
    this.#fault = fault
    row.rounds += 1
    row.hangs += hangs
    row.wrong += newWrong.length
    this.#sentences = sentences
    this.#addCalls(counts)
  }

  /** Adds the calls that ended after the last round. */
  end(store: StoreKind, counts: LoadCounts): void {
    this.#store = store
    this.#addCalls(counts)
  }

  /** Adds to the row of the last fault what is new of the calls of the run. */
  #addCalls(counts: LoadCounts): void {
    const [before, row] = [this.#counts, this.#rows.get(this.#fault)]
    this.#counts = counts
    if (row === undefined) return
    row.calls += counts.requests - before.requests
    row.inHand += counts.inHand - before.inHand
    row.lost += counts.failures - before.failures
    row.hangs += counts.hangs - before.hangs
    for (const [reason, count] of Object.entries(counts.failuresByReason)) {
      const more = count - (before.failuresByReason[reason] ?? 0)
      if (more > 0) this.#count(`${this.#fault}: ${reason}`, more)
    }
  }

  #count(reason: string, more: number): void {
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + more)
  }

  /** All rounds together. */
  get total(): Row {
    const all = newRow()
    for (const row of this.#rows.values()) {
      for (const key of Object.keys(all) as (keyof Row)[]) all[key] += row[key]
    }
    return all
  }

  /** How many sentences were compared with the servers. */
  get checked(): number {
    return this.#sentences?.checked ?? 0
  }

  /** Whether anything happened that must not. */
  get hasFaults(): boolean {
    const { lost, hangs, wrong } = this.total
    return lost + hangs + wrong > 0
  }

  /** The table of Markdown at the end of a run. */
  format(): string {
    const rows = [...this.#rows].toSorted(([a], [b]) => a.localeCompare(b))
    const cells = [...rows, ['all', this.total] as const].map(([name, row]) => [
      name,
      ...[row.rounds, row.calls, row.inHand, row.lost, row.hangs, row.wrong].map(String),
    ])
    const lines = [HEAD, HEAD.map(() => '---'), ...cells].map((line) => `| ${line.join(' | ')} |`)
    const reasons = [...this.#reasons].map(([reason, count]) => `lost ${count} × ${reason}`)
    const { checked } = this
    const wrong = this.#sentences?.wrong ?? []
    return [
      `store ${this.#store}: ${this.#counts.requests} calls, ${checked} sentences checked, ${wrong.length} false`,
      ...lines,
      ...reasons,
    ].join('\n')
  }
}

function newRow(): Row {
  return { rounds: 0, calls: 0, inHand: 0, lost: 0, hangs: 0, wrong: 0 }
}
