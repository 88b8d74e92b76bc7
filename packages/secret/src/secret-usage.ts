import type { Clock } from './clock.ts'

/** What one process did with one version of a secret. */
export interface VersionUse {
  readonly version: string
  readonly uses: number
  /** Milliseconds since the epoch; absent if never used. */
  readonly lastUsedAt?: number
}

/** What a process tells the rotator: which versions it used, and which ones its consumers still hold. */
export interface UsageReport {
  readonly versions: readonly VersionUse[]
  /** Versions bound into something long-lived (pooled connections), by consumer. */
  readonly holding: Readonly<Record<string, readonly string[]>>
  /** Attempts that were refused, such as a bad API key. */
  readonly failures: number
}

interface Count {
  uses: number
  lastUsedAt: number
}

/**
 * Counts what happens to a secret in this process. Consumers write it, health reports it, and a rotation waits on it:
 * a version may be revoked only once nobody holds it and its uses have stopped.
 */
export class SecretUsage {
  readonly #clock: Clock
  readonly #counts = new Map<string, Count>()
  readonly #holding = new Map<string, readonly string[]>()
  #failures = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** One use of `version`. On the hot path: no allocation after the first. */
  record(version: string): void {
    const count = this.#counts.get(version)
    if (count === undefined) {
      this.#counts.set(version, { uses: 1, lastUsedAt: this.#clock.now() })
      return
    }
    count.uses += 1
    count.lastUsedAt = this.#clock.now()
  }

  /** One refused attempt. */
  fail(): void {
    this.#failures += 1
  }

  /** `consumer` now holds exactly these versions. */
  hold(consumer: string, versions: readonly string[]): void {
    this.#holding.set(consumer, [...versions])
  }

  report(): UsageReport {
    return {
      versions: [...this.#counts].map(([version, count]) => ({ version, ...count })),
      holding: Object.fromEntries(this.#holding),
      failures: this.#failures,
    }
  }
}
