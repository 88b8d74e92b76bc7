import type { Clock } from './time/clock.ts'
import { VersionCounter, type VersionUse } from './version-counter.ts'

/** The report of a process to the rotator: which versions it used, and which ones its consumers still hold. */
export interface UsageReport {
  /** Milliseconds since the epoch when counting began. If it has changed, the process was restarted and counts from zero. */
  readonly since: number
  /** Every version that was used or refused, live or not; of many, those that were live last. */
  readonly versions: readonly VersionUse[]
  /** Versions bound into something long-lived (pooled connections), by consumer. */
  readonly holding: Readonly<Record<string, readonly string[]>>
  /** All attempts that were refused, such as a bad API key, also those that belong to no version. */
  readonly failures: number
}

/** A keyring has at most 3 live versions of a secret and remembers 8 that it revoked. */
const VERSIONS_REMEMBERED = 16

/**
 * Counts what happens to a secret in this process. Consumers write it, health reports it, and a rotation waits on it: a
 * version may be revoked only once it is held no more and its uses have stopped.
 */
export class SecretUsage {
  readonly #clock: Clock
  readonly #since: number
  /** In the order in which they were last asked for by {@link counterOf}. */
  readonly #counters = new Map<string, VersionCounter>()
  readonly #holding = new Map<string, readonly string[]>()
  #failures = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#since = clock.now()
  }

  /**
   * The counter of `version`, for who counts it often. Ask again at every change of the secret: a counter is forgotten once
   * 16 other versions have been asked for since.
   */
  counterOf(version: string): VersionCounter {
    const counter = this.#counters.get(version) ?? new VersionCounter(this.#clock)
    this.#counters.delete(version)
    this.#counters.set(version, counter)
    for (const oldest of this.#counters.keys()) {
      if (this.#counters.size <= VERSIONS_REMEMBERED) break
      this.#counters.delete(oldest)
    }
    return counter
  }

  /** One use of `version`. Name the source only of a version that retires. Without it, no allocation after the first use. */
  record(version: string, source?: string): void {
    const counter = this.#counters.get(version) ?? this.counterOf(version)
    counter.use(source)
  }

  /** One refused attempt; with a version, one that had the right value of that version. */
  fail(version?: string, source?: string): void {
    this.#failures += 1
    if (version !== undefined) this.counterOf(version).fail(source)
  }

  /** One attempt that was refused because it had the id of `version` and another secret. */
  failWrongSecret(version: string): void {
    this.#failures += 1
    this.counterOf(version).failWrongSecret()
  }

  /** `consumer` now holds exactly these versions. */
  hold(consumer: string, versions: readonly string[]): void {
    this.#holding.set(consumer, [...versions])
  }

  report(): UsageReport {
    const versions = Array.from(this.#counters, ([version, counter]) => counter.report(version))
    return {
      since: this.#since,
      versions: versions.filter((use) => use !== undefined),
      holding: Object.fromEntries(this.#holding),
      failures: this.#failures,
    }
  }
}
