import type { Trace } from './trace.ts'

/** Something does not work for a while. Times are milliseconds since the beginning. */
export interface Outage {
  /** `store`, `journal`, or a replica that the network does not reach. */
  readonly of: string
  readonly atMs: number
  readonly forMs: number
}

/** What does not work at an instant. */
export class Faults {
  readonly #outages: readonly Outage[]
  readonly #trace: Trace
  /** What was asked for while it did not work. */
  readonly met = new Set<string>()
  #areHealed = false

  constructor(outages: readonly Outage[], trace: Trace) {
    this.#outages = outages
    this.#trace = trace
  }

  isDown(what: string): boolean {
    const now = this.#trace.nowMs
    if (this.#areHealed) return false
    const isDown = this.#outages.some(
      ({ of, atMs, forMs }) => of === what && atMs <= now && now < atMs + forMs,
    )
    if (isDown) this.met.add(what)
    return isDown
  }

  get areHealed(): boolean {
    return this.#areHealed
  }

  /** From here on everything works. */
  heal(): void {
    this.#areHealed = true
  }
}
