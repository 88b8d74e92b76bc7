import type { LoadCounts, StoreKind } from '@rekey/stack'
import type { FaultName } from './plan-rounds.ts'
import type { Sentences } from './sentences.ts'

/** What a round came to. */
export interface RoundResult {
  readonly before: LoadCounts
  readonly after: LoadCounts
  /** The commands that did not end. */
  readonly hangs: readonly string[]
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
  hangs: number
  wrong: number
}

const HEAD = ['fault', 'rounds', 'calls', 'in hand', 'lost', 'hangs', 'false sentences']

/** Counts the rounds of a run. */
export class Tally {
  readonly #rows = new Map<FaultName, Row>()
  readonly #reasons = new Map<string, number>()
  #sentences: Sentences | undefined
  #store: StoreKind = 'dotenv'
  #wholeCalls = 0

  add(fault: FaultName, { before, after, hangs, sentences, newWrong }: RoundResult): void {
    const row = this.#rows.get(fault) ?? newRow()
    this.#rows.set(fault, row)
    row.rounds += 1
    row.calls += after.requests - before.requests
    row.inHand += after.inHand - before.inHand
    row.lost += after.failures - before.failures
    row.hangs += hangs.length
    row.wrong += newWrong.length
    for (const [reason, count] of Object.entries(after.failuresByReason)) {
      const more = count - (before.failuresByReason[reason] ?? 0)
      if (more > 0) this.#count(`${fault}: ${reason}`, more)
    }
    this.#sentences = sentences
  }

  end(store: StoreKind, { requests }: LoadCounts): void {
    this.#store = store
    this.#wholeCalls = requests
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
    const { checked = 0, wrong = [] } = this.#sentences ?? {}
    return [
      `store ${this.#store}: ${this.#wholeCalls} calls, ${checked} sentences checked, ${wrong.length} false`,
      ...lines,
      ...reasons,
    ].join('\n')
  }
}

function newRow(): Row {
  return { rounds: 0, calls: 0, inHand: 0, lost: 0, hangs: 0, wrong: 0 }
}
