/** A number in [0, 1), such as `Math.random`. */
export type Random = () => number

/** How waits between tries grow. */
export interface Backoff {
  readonly firstMs: number
  readonly longestMs: number
  /** The share of each wait that is drawn by lot, 0 to 1. Default 0.5. */
  readonly jitter?: number
}

/** Above it the doubling would leave the range of integers; every limit is reached long before. */
const MOST_DOUBLINGS = 30

/**
 * Returns the wait before the next try, in milliseconds: `firstMs`, doubled with each further failure up to `longestMs`, then
 * `jitteredMs`.
 *
 * @param attempt 0 after the first failure
 * @example
 * await clock.sleep(backoffMs({ firstMs: 100, longestMs: 5_000 }, attempt), signal)
 */
export function backoffMs(
  { firstMs, longestMs, jitter }: Backoff,
  attempt: number,
  random?: Random,
): number {
  const grownMs = firstMs * 2 ** Math.min(attempt, MOST_DOUBLINGS)
  return jitteredMs(Math.min(grownMs, longestMs), jitter, random)
}

/**
 * Returns a random wait between `(1 - jitter) * delayMs` and `delayMs`, so that processes which started together drift apart.
 * 0.5 is "equal jitter" and 1 is "full jitter" of M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog (2015).
 */
export function jitteredMs(delayMs: number, jitter = 0.5, random: Random = Math.random): number {
  return delayMs * (1 - jitter + jitter * random())
}
