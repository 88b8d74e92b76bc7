import type { Clock } from './clock.ts'

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** Moves time forward, waking every sleeper on the way in order of its time. */
  advance(byMs: number): Promise<void>
  /** Moves the wall clock alone, as an operator or NTP would; sleepers do not notice. */
  jump(byMs: number): void
  /** Lets time pass as for a machine that is suspended: all clocks go on, and the timers wait as if nothing had happened. */
  suspend(byMs: number): void
}

interface Sleeper {
  readonly at: number
  wake(): void
}

/**
 * Creates a `FakeClock` that starts at `startMs` (default 2026-01-01T00:00:00Z).
 *
 * @example
 * ```ts
 * const clock = createFakeClock()
 * clock.advance(60_000)
 * ```
 */
export function createFakeClock(startMs: number = Date.UTC(2026, 0, 1)): FakeClock {
  return new StandingClock(startMs)
}

class StandingClock implements FakeClock {
  #wallOffsetMs: number
  // Not at its start: what adds times in place of the difference is found.
  #elapsedMs = 36_000_000
  #suspendedMs = 0
  #sleepers: Sleeper[] = []

  constructor(startMs: number) {
    this.#wallOffsetMs = startMs - this.#elapsedMs
  }

  now(): number {
    return this.#wallOffsetMs + this.elapsed()
  }

  elapsed(): number {
    return this.#elapsedMs + this.#suspendedMs
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error)
        return
      }
      const abort = () => {
        this.#remove(sleeper)
        reject(signal?.reason as Error)
      }
      const wake = () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const sleeper: Sleeper = { at: this.#elapsedMs + delayMs, wake }
      this.#sleepers.push(sleeper)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  async advance(byMs: number): Promise<void> {
    const end = this.#elapsedMs + byMs
    for (let next = this.#nextBy(end); next !== undefined; next = this.#nextBy(end)) {
      this.#remove(next)
      this.#elapsedMs = Math.max(this.#elapsedMs, next.at)
      next.wake()
      await settle()
    }
    this.#elapsedMs = end
    await settle()
  }

  jump(byMs: number): void {
    this.#wallOffsetMs += byMs
  }

  suspend(byMs: number): void {
    this.#suspendedMs += byMs
  }

  #nextBy(end: number): Sleeper | undefined {
    return this.#sleepers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
  }

  #remove(gone: Sleeper): void {
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== gone)
  }
}

/** Lets promise chains that were just woken run to their next wait. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
