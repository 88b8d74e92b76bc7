/** The first wait after a failed read; it doubles with each further one. */
const RETRY_FIRST_MS = 1_000

/** Before a refused version is tried again; rarely, because some far sides lock out who fails often. */
const VETO_RETRY_MS = { first: 5_000, most: 300_000 } as const

/** Above it the doubling would leave the range of integers, and every limit is reached long before. */
const MOST_DOUBLINGS = 30

/**
 * When to read again: rand[ttl/2, ttl], as the caching clients of AWS Secrets Manager do, so that replicas which started
 * together drift apart. After failures sooner.
 *
 * @param draw - a random number in [0, 1)
 */
export function nextReadMs(ttlMs: number, failures: number, draw: number): number {
  const limitMs = failures === 0 ? ttlMs : Math.min(ttlMs, doubled(RETRY_FIRST_MS, failures))
  return limitMs * (0.5 + draw / 2)
}

/** When to try a refused version again, after so many refusals. */
export function nextTryMs(refusals: number): number {
  return Math.min(VETO_RETRY_MS.most, doubled(VETO_RETRY_MS.first, refusals))
}

function doubled(firstMs: number, times: number): number {
  return firstMs * 2 ** Math.min(times - 1, MOST_DOUBLINGS)
}
