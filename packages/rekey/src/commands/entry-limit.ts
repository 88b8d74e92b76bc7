import { type Clock, systemClock } from '@rekey/secret'

/** How many entries a minute one person can cause by requests that are refused. */
const MOST = 10
const MINUTE_MS = 60_000
/** Of how many persons the entries are counted; the one that began first is forgotten for a new one. */
const MOST_PERSONS = 10_000

interface Count {
  sinceMs: number
  taken: number
  omitted: number
}

/** Limits the entries of the audit log that a person can cause as often as they ask: ten a minute are written, and the next one has the number of those left out. */
export class EntryLimit {
  readonly #clock: Pick<Clock, 'elapsed'>
  readonly #counts = new Map<string, Count>()

  constructor(clock: Pick<Clock, 'elapsed'> = systemClock) {
    this.#clock = clock
  }

  /**
   * Writes an entry unless `person` has caused too many in this minute.
   *
   * @param write gets `unrecorded`, the number that were left out before, as a detail of the entry
   */
  async record(
    person: string,
    write: (details: { readonly unrecorded?: number }) => Promise<void>,
  ): Promise<void> {
    const count = this.#countOf(person)
    count.taken += 1
    if (count.taken > MOST) {
      count.omitted += 1
      return
    }
    const { omitted } = count
    await write(omitted > 0 ? { unrecorded: omitted } : {})
    count.omitted -= omitted
  }

  #countOf(person: string): Count {
    const nowMs = this.#clock.elapsed()
    const count = this.#counts.get(person) ?? { sinceMs: nowMs, taken: 0, omitted: 0 }
    if (nowMs - count.sinceMs >= MINUTE_MS) Object.assign(count, { sinceMs: nowMs, taken: 0 })
    const isNew = !this.#counts.has(person)
    const [oldest] = this.#counts.keys()
    if (isNew && oldest !== undefined && this.#counts.size >= MOST_PERSONS) {
      this.#counts.delete(oldest)
    }
    this.#counts.set(person, count)
    return count
  }
}
