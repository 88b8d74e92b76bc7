import type { WorldParts } from './world-parts.ts'

/** Refusals that lie further apart belong to two rotations. */
const ONE_WINDOW_MS = 60_000

/** The calls that one secret is needed for. */
export class CallCount {
  /** Calls that ended, well or not. */
  made = 0
  /** Those that were refused for good, after all that the caller tries by itself. */
  refused = 0
  readonly #parts: WorldParts
  readonly #title: string
  readonly #refusedAtMs: number[] = []

  constructor(parts: WorldParts, title: string) {
    this.#parts = parts
    this.#title = title
  }

  /** How often the far side refused a caller, also if a later attempt of the same call succeeded. */
  get refusedAtFirst(): number {
    return this.#refusedAtMs.length
  }

  /** From the first to the last refusal of one rotation, the longest of all, in milliseconds. */
  get longestWindowMs(): number {
    let [longest, begin, last] = [0, -Infinity, -Infinity]
    for (const atMs of this.#refusedAtMs) {
      if (atMs - last > ONE_WINDOW_MS) begin = atMs
      last = atMs
      longest = Math.max(longest, last - begin)
    }
    return longest
  }

  /** The far side refuses the process `from`. A rotator's own trials are no calls. */
  refuse(from: string): void {
    const { trace } = this.#parts
    if (from.startsWith('rotator')) return
    this.#refusedAtMs.push(trace.nowMs)
    trace.add(from, `is refused at first: ${this.#title}`)
  }

  /** Makes one call, which rejects if it is refused for good. */
  async count(from: string, call: () => Promise<unknown>): Promise<void> {
    try {
      await call()
    } catch (error) {
      this.refused += 1
      const why = error instanceof Error ? `${error.name} ${error.message}` : 'unknown'
      this.#parts.trace.add(from, `is refused: ${this.#title}: ${why}`)
    } finally {
      this.made += 1
    }
  }
}
