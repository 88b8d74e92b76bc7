import type { Clock } from '@rekey/secret'
import type { NamedLeak } from '@rekey/secret/internal'
import { callSite } from './call-site.ts'

/** The call sites of a secret that are counted by themselves, beside the first of each kind of leak. */
const MOST_SITES = 16

/** Reading the stack takes longer than masking: of each secret it is read for so many lines, and then for one in each second. */
const MOST_READ = 16
const READ_AGAIN_MS = 1_000

interface Reading {
  /** Further call sites that are counted by themselves. */
  sites: number
  reads: number
  readAtMs: number
}

/** Counts the lines that were masked, by what was in them and the line of code that printed it. */
export class LeakCounts {
  readonly #leaks = new Map<string, NamedLeak>()
  readonly #readings = new Map<string, Reading>()
  readonly #clock: Clock
  readonly #onNew: (leak: NamedLeak) => void

  /** @param onNew is called with the first leak of each kind, and of each further call site that is counted by itself */
  constructor(clock: Clock, onNew: (leak: NamedLeak) => void) {
    this.#clock = clock
    this.#onNew = onNew
  }

  get all(): readonly NamedLeak[] {
    return [...this.#leaks.values()]
  }

  /** Counts a leak, which `key` identifies except for its call site. A line whose stack is not read counts as one of the first call site. */
  add(key: string, leak: Omit<NamedLeak, 'count' | 'callSite'>): void {
    const first = this.#leaks.get(key)
    const reading = this.#readingOf(leak.name)
    if (first === undefined) {
      this.#enter(key, leak, callSite())
      return
    }
    const site = this.#mayRead(reading) ? callSite() : undefined
    const own = site === undefined || site === first.callSite ? key : `${key} ${site}`
    const known = this.#leaks.get(own)
    if (known === undefined && reading.sites < MOST_SITES) {
      reading.sites += 1
      this.#enter(own, leak, site)
      return
    }
    const [at, counted] = known === undefined ? [key, first] : [own, known]
    this.#leaks.set(at, { ...counted, count: counted.count + 1 })
  }

  #enter(key: string, leak: Omit<NamedLeak, 'count'>, site: string | undefined): void {
    const entered = { ...leak, count: 1, ...(site !== undefined && { callSite: site }) }
    this.#leaks.set(key, entered)
    this.#onNew(entered)
  }

  #readingOf(name: string): Reading {
    const reading = this.#readings.get(name) ?? { sites: 0, reads: 0, readAtMs: 0 }
    this.#readings.set(name, reading)
    return reading
  }

  #mayRead(reading: Reading): boolean {
    if (reading.sites >= MOST_SITES) return false
    const now = this.#clock.elapsed()
    if (reading.reads >= MOST_READ && now - reading.readAtMs < READ_AGAIN_MS) return false
    reading.reads += 1
    reading.readAtMs = now
    return true
  }
}
