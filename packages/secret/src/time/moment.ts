import type { Clock } from './clock.ts'

/** Less is drift between the two clocks, or the time between two readings of them. */
const SET_MS = 1_000

/**
 * A moment of the past that outlives this process. Its age goes by the monotonic clock; another process learns of it by the wall clock,
 * the only one that both have, so its time follows where the wall clock is set.
 */
export class Moment {
  readonly #clock: Clock
  /** When it was, on `Clock.elapsed`. */
  readonly elapsedAt: number
  #wallMs: number

  private constructor(clock: Clock, elapsedAt: number, wallMs: number) {
    this.#clock = clock
    this.elapsedAt = elapsedAt
    this.#wallMs = wallMs
  }

  /** A moment of this process, on `Clock.elapsed`. Default: now. */
  static at(clock: Clock, elapsedAt: number = clock.elapsed()): Moment {
    return new Moment(clock, elapsedAt, clock.now() - (clock.elapsed() - elapsedAt))
  }

  /** A moment that another process has recorded, in milliseconds since the epoch. One of the future counts as now. */
  static recorded(clock: Clock, wallMs: number): Moment {
    const agoMs = Math.max(0, clock.now() - wallMs)
    return new Moment(clock, clock.elapsed() - agoMs, wallMs)
  }

  /** How long ago it was, in milliseconds. */
  get agoMs(): number {
    return this.#clock.elapsed() - this.elapsedAt
  }

  /** The time to record, in milliseconds since the epoch: another one than before only if the wall clock was set since. */
  get wallMs(): number {
    const wallMs = this.#clock.now() - this.agoMs
    if (Math.abs(wallMs - this.#wallMs) > SET_MS) this.#wallMs = wallMs
    return this.#wallMs
  }
}
