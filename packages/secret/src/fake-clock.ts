import type { Clock } from './clock.ts'

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** Moves time forward, waking every sleeper on the way in order of its time. */
  advance(byMs: number): Promise<void>
  /** Moves the wall clock alone, as an operator or NTP would; sleepers do not notice. */
  jump(byMs: number): void
}

interface Sleeper {
  readonly at: number
  wake(): void
}

/** Creates a {@link FakeClock} that starts at `startMs` (default 2026-01-01T00:00:00Z). */
export function createFakeClock(startMs: number = Date.UTC(2026, 0, 1)): FakeClock {
  let elapsedMs = 0
  let wallOffsetMs = startMs
  let sleepers: Sleeper[] = []

  return {
    now: () => wallOffsetMs + elapsedMs,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason as Error)
          return
        }
        const sleeper: Sleeper = { at: elapsedMs + delayMs, wake: resolve }
        sleepers.push(sleeper)
        signal?.addEventListener('abort', () => {
          sleepers = sleepers.filter((other) => other !== sleeper)
          reject(signal.reason as Error)
        })
      }),
    async advance(byMs) {
      const end = elapsedMs + byMs
      for (;;) {
        const next = sleepers.filter((s) => s.at <= end).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        sleepers = sleepers.filter((other) => other !== next)
        elapsedMs = Math.max(elapsedMs, next.at)
        next.wake()
        await settle()
      }
      elapsedMs = end
      await settle()
    },
    jump(byMs) {
      wallOffsetMs += byMs
    },
  }
}

/** Lets promise chains that were just woken run to their next wait. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
