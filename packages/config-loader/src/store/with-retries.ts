import type { Backoff, Random } from '@rekey/secret/internal'
import { backoffMs, type Clock, SecretError } from '@rekey/secret'

/** Options of {@link withRetries}. */
interface RetryOptions {
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal | undefined
}

const ATTEMPTS = 3
const BACKOFF: Backoff = { firstMs: 200, longestMs: 400, jitter: 1 }
/** A service that asks for a longer pause is left alone; its error has the pause. */
const LONGEST_ASKED_MS = 2_000
const TRANSIENT: ReadonlySet<unknown> = new Set(['throttled', 'server-error'])

/**
 * Does `work` up to three times while the service is busy, with waits of random length below 200 and 400 ms, or
 * those of up to two seconds that it asks for (`Retry-After`). What lasts longer is for the caller to bridge.
 */
export async function withRetries<T>(
  { clock, random, signal }: RetryOptions,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof SecretError) || attempt === ATTEMPTS) throw error
      const { reason, retryAfterMs } = error.details
      const askedMs = Number(retryAfterMs ?? 0)
      if (!TRANSIENT.has(reason) || askedMs > LONGEST_ASKED_MS) throw error
      const waitMs = Math.max(askedMs, backoffMs(BACKOFF, attempt - 1, random))
      await clock.sleep(waitMs, signal, { keepAlive: true })
    }
  }
}
