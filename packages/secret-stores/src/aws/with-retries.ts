import { type Backoff, backoffMs, type Clock, type Random, SecretError } from '@rekey/secret'

/** Options of {@link withRetries}. */
export interface RetryOptions {
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal | undefined
}

const ATTEMPTS = 3
const BACKOFF: Backoff = { firstMs: 200, longestMs: 400, jitter: 1 }
const TRANSIENT: ReadonlySet<unknown> = new Set(['throttled', 'server-error'])

/**
 * Does `work` up to three times while the service is busy, with waits of random length below 200 and 400 ms. What lasts longer is for the caller to bridge.
 */
export async function withRetries<T>(
  { clock, random, signal }: RetryOptions,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      const isTransient = error instanceof SecretError && TRANSIENT.has(error.details['reason'])
      if (!isTransient || attempt === ATTEMPTS) throw error
      await clock.sleep(backoffMs(BACKOFF, attempt - 1, random), signal)
    }
  }
}
