import { type Backoff, backoffMs, jitteredMs } from '@rekey/secret'

/** The first wait after a failed read; it doubles with each further one. */
const RETRY_FIRST_MS = 1_000

/** Before a refused version is tried again; rarely, because some far sides lock out who fails often. */
const VETO_RETRY: Backoff = { firstMs: 5_000, longestMs: 300_000, jitter: 0 }

/**
 * When to read again: rand[ttl/2, ttl], as the caching clients of AWS Secrets Manager do, so that replicas which started
 * together drift apart. After failures sooner.
 *
 * @param draw - a random number in [0, 1)
 */
export function nextReadMs(ttlMs: number, failures: number, draw: number): number {
  if (failures === 0) return jitteredMs(ttlMs, 0.5, () => draw)
  return backoffMs({ firstMs: RETRY_FIRST_MS, longestMs: ttlMs }, failures - 1, () => draw)
}

/** When to try a refused version again, after so many refusals. */
export function nextTryMs(refusals: number): number {
  return backoffMs(VETO_RETRY, refusals - 1)
}
