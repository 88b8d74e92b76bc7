import { type Clock, SecretError } from '@rekey/secret'

/** How {@link withRetries} waits. */
export interface RetryOptions {
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  readonly signal: AbortSignal | undefined
}

const ATTEMPTS = 3
const FIRST_WAIT_MS = 200
const TRANSIENT: ReadonlySet<unknown> = new Set(['throttled', 'server-error'])

/**
 * Does `work` up to three times while the service is busy, with waits of random length below 200 and 400 ms: "full jitter" of
 * M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog (2015). What lasts longer is for the caller to bridge.
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
      await clock.sleep(random() * FIRST_WAIT_MS * 2 ** (attempt - 1), signal)
    }
  }
}
