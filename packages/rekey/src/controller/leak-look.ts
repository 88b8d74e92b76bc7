import type { Clock } from '@rekey/secret'

/** Names of secrets of which replicas masked a live version. */
export type AskForLeaks = (signal: AbortSignal) => Promise<ReadonlySet<string>>

/** Each look asks every replica about every secret. */
const EVERY_MS = 60_000

/** The leaks of a family as of the last time that its replicas were asked, beside other work: a replica that is slow holds nothing up. */
export class LeakLook {
  readonly #clock: Clock
  #last: ReadonlySet<string> = new Set()
  #nextAt = -Infinity
  #isAsking = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Returns what is known, and asks anew where that is a minute old. */
  current(ask: AskForLeaks, signal: AbortSignal): ReadonlySet<string> {
    if (this.#isAsking || this.#clock.elapsed() < this.#nextAt) return this.#last
    this.#isAsking = true
    ask(signal)
      .then((leaked) => {
        this.#last = leaked
      })
      // The next look asks again; what stands in the way is printed by the look at the family.
      .catch(() => undefined)
      .finally(() => {
        this.#isAsking = false
        this.#nextAt = this.#clock.elapsed() + EVERY_MS
      })
    return this.#last
  }
}
