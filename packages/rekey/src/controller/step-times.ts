import type { Sample } from '@rekey/config-loader/internal/host'
import type { RotationEvent } from '../journal/journal.ts'
import type { Clock } from '@rekey/secret'

/** Upper ends, in seconds: from a step that waits for no replica to a validation period of a day. */
const BUCKETS_S = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400, Infinity]
const MS = 1_000

interface Durations {
  /** How many took no longer than each of {@link BUCKETS_S}. */
  readonly upTo: number[]
  sumS: number
}

/**
 * Keeps how long the steps of rotations took in this process, by kind: `admit` and `confirm` are as long as it takes until every
 * replica has converged.
 */
export class StepTimes {
  readonly #clock: Clock
  readonly #begun = new Map<string, number>()
  readonly #durations = new Map<string, Map<string, Durations>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes an event of a rotation of that kind. A step that fails has no end, and counts in none. */
  note({ secret, step, phase }: RotationEvent, kind: string): void {
    const begun = `${secret} ${step}`
    if (phase === 'begin') this.#begun.set(begun, this.#clock.elapsed())
    if (phase !== 'end') return
    const since = this.#begun.get(begun)
    this.#begun.delete(begun)
    if (since !== undefined) this.#add(kind, step, (this.#clock.elapsed() - since) / MS)
  }

  /** The samples of one histogram. */
  samples(): Sample[] {
    return [...this.#durations].flatMap(([kind, steps]) =>
      [...steps].flatMap(([step, { upTo, sumS }]): Sample[] => [
        ...upTo.map((n, i): Sample => [{ kind, step, le: boundOf(i) }, n, '_bucket']),
        [{ kind, step }, sumS, '_sum'],
        [{ kind, step }, upTo.at(-1) ?? 0, '_count'],
      ]),
    )
  }

  #add(kind: string, step: string, seconds: number): void {
    const steps = this.#durations.get(kind) ?? new Map<string, Durations>()
    this.#durations.set(kind, steps)
    const durations = steps.get(step) ?? { upTo: BUCKETS_S.map(() => 0), sumS: 0 }
    steps.set(step, durations)
    durations.sumS += seconds
    for (const [i, most] of BUCKETS_S.entries()) {
      if (seconds <= most) durations.upTo[i] = (durations.upTo[i] ?? 0) + 1
    }
  }
}

function boundOf(index: number): string {
  const most = BUCKETS_S[index] ?? Infinity
  return most === Infinity ? '+Inf' : String(most)
}
