import { SourceLog, type SourceUse } from './source-log.ts'
import type { Clock } from './time/clock.ts'

/** The use of one version of a secret by one process. */
export interface VersionUse {
  readonly version: string
  /** At a receiver, how often it was accepted; at a sender, how often it was sent. */
  readonly uses: number
  /** How often it was refused although it was the right value: at a receiver, revoked or expired; at a sender, by a 401. */
  readonly failures: number
  /**
   * How often its public id was shown with another secret. Any caller that knows the id can cause this, so nothing automatic
   * should follow from it.
   */
  readonly wrongSecrets: number
  /** Milliseconds since the epoch; absent if never used. */
  readonly lastUsedAt?: number
  /** Milliseconds since the epoch; absent if never refused. */
  readonly lastFailedAt?: number
  /** Who still shows it, the latest first. Only of a version that retires or was revoked. */
  readonly sources?: readonly SourceUse[]
}

/** Counts what happens to one version. Worth keeping at hand where every request is counted. */
export class VersionCounter {
  readonly #clock: Clock
  #uses = 0
  #failures = 0
  #wrongSecrets = 0
  // Zero instead of undefined, so that writing a time needs no allocation.
  #lastUsedAt = 0
  #lastFailedAt = 0
  #sources: SourceLog | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** One use. Name the source only of a version that retires, or else every source is remembered. No allocation without it. */
  use(source?: string): void {
    this.#uses += 1
    this.#lastUsedAt = this.#clock.now()
    if (source !== undefined) this.#log().note(source, 'uses', this.#lastUsedAt)
  }

  /** One refusal of the right value. */
  fail(source?: string): void {
    this.#failures += 1
    this.#lastFailedAt = this.#clock.now()
    if (source !== undefined) this.#log().note(source, 'failures', this.#lastFailedAt)
  }

  /** One attempt with the id of this version and another secret. */
  failWrongSecret(): void {
    this.#wrongSecrets += 1
  }

  /** The counts, or nothing if nothing was counted. */
  report(version: string): VersionUse | undefined {
    const [uses, failures, wrongSecrets] = [this.#uses, this.#failures, this.#wrongSecrets]
    if (uses + failures + wrongSecrets === 0) return undefined
    return {
      version,
      uses,
      failures,
      wrongSecrets,
      ...(uses > 0 && { lastUsedAt: this.#lastUsedAt }),
      ...(failures > 0 && { lastFailedAt: this.#lastFailedAt }),
      ...(this.#sources && { sources: this.#sources.report() }),
    }
  }

  #log(): SourceLog {
    this.#sources ??= new SourceLog()
    return this.#sources
  }
}
