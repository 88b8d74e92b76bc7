import { type Clock, systemClock } from '@rekey/secret'

/** Options of the watch. */
export interface StallWatchOptions {
  /** How many requests were answered or failed so far. */
  readonly requests: () => number
  /** How long none may end. */
  readonly stallMs: number
  readonly clock?: Clock
}

/** A run in which no request ended for too long. */
export class StallError extends Error {
  constructor(stallMs: number, requests: number) {
    super(`no request was answered for ${stallMs / 1_000} s, after ${requests}`)
    this.name = 'StallError'
  }
}

/** How often it is looked. Two looks that are further apart than this by far were made by a process that stood still itself. */
const EVERY_MS = 250
const LATE_MS = 1_000

/**
 * Resolves with a {@link StallError} when no request has ended for `stallMs`; never, if the signal aborts before. The time in which
 * this process itself stood still does not count.
 */
export async function watchForStall(
  { requests, stallMs, clock = systemClock }: StallWatchOptions,
  signal: AbortSignal,
): Promise<StallError> {
  let count = requests()
  let stillMs = 0
  for (;;) {
    const before = clock.elapsed()
    await clock.sleep(EVERY_MS, signal)
    const passedMs = clock.elapsed() - before
    const now = requests()
    stillMs = now === count ? stillMs + (passedMs > LATE_MS ? 0 : passedMs) : 0
    count = now
    if (stillMs >= stallMs) return new StallError(stallMs, count)
  }
}
