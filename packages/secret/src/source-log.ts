/** Uses from one place, such as the address of a caller. */
export interface SourceUse {
  readonly source: string
  readonly uses: number
  readonly failures: number
  /** Milliseconds since the epoch. */
  readonly lastSeenAt: number
}

type Seen = { -readonly [Key in keyof SourceUse]: SourceUse[Key] }

/** Enough to name those who lag behind; more than these are a crowd, and names do not help. */
const SOURCES_REMEMBERED = 16

/** Remembers the sources that were seen last. Its size does not grow with their number. */
export class SourceLog {
  /** In the order in which they were last seen. */
  readonly #seen = new Map<string, Seen>()

  note(source: string, what: 'uses' | 'failures', at: number): void {
    const seen = this.#seen.get(source) ?? { source, uses: 0, failures: 0, lastSeenAt: at }
    seen[what] += 1
    seen.lastSeenAt = at
    this.#seen.delete(source)
    this.#seen.set(source, seen)
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= SOURCES_REMEMBERED) break
      this.#seen.delete(oldest)
    }
  }

  /** The latest first. */
  report(): SourceUse[] {
    return Array.from(this.#seen.values(), (seen) => ({ ...seen })).reverse()
  }
}
