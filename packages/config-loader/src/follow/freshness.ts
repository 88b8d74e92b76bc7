import type { Clock, SecretState, SecretVersion } from '@rekey/secret'
import type { Staleness } from './staleness.ts'

/** Judges the age of what is held by the time since it was last confirmed. Setting the wall clock does not touch it. */
export class Freshness {
  readonly #clock: Clock
  readonly #staleness: Staleness
  #confirmedAt = -Infinity
  #expiresAt = -Infinity

  constructor(clock: Clock, staleness: Staleness) {
    this.#clock = clock
    this.#staleness = staleness
  }

  /** The source named `current` as the version to use, `ageMs` ago. Nothing lives longer than it says itself. */
  confirm({ expiresAt }: SecretVersion<unknown>, ageMs = 0): void {
    const [now, wallNow] = [this.#clock.elapsed(), this.#clock.now()]
    const ownLifeMs = expiresAt === undefined ? Infinity : expiresAt.getTime() - wallNow
    this.#confirmedAt = now - ageMs
    this.#expiresAt = Math.min(this.#confirmedAt + this.#staleness.maxStaleMs, now + ownLifeMs)
  }

  /** Milliseconds since it was last confirmed; infinite if there is nothing. */
  get ageMs(): number {
    return this.#clock.elapsed() - this.#confirmedAt
  }

  get state(): SecretState {
    if (this.#confirmedAt === -Infinity) return 'absent'
    if (this.isExpired) return 'expired'
    return this.ageMs > this.#staleness.ttlMs ? 'stale' : 'fresh'
  }

  /** Asked at each use of the secret. */
  get isExpired(): boolean {
    return this.#expiresAt !== Infinity && this.#clock.elapsed() > this.#expiresAt
  }

  /** When it expires, on `Clock.elapsed`, if it is not renewed. */
  get expiresAt(): number {
    return this.#expiresAt
  }
}
