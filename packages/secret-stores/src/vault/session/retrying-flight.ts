import {
  type Backoff,
  backoffMs,
  type Clock,
  type Random,
  SecretError,
  singleFlight,
} from '@rekey/secret'
import { waitFor } from './renewal.ts'

/** The options of a {@link RetryingFlight}. */
export interface RetryingFlightOptions<T> {
  readonly attempt: (signal: AbortSignal) => Promise<T>
  /** Called after each failure with the time until the next attempt. */
  readonly failed?: (error: SecretError, retryInMs: number) => void
  readonly clock: Clock
  readonly random: Random
  /** Ends everything. */
  readonly signal: AbortSignal
}

/** Vault Agent's auto-auth: `min_backoff` 1 s, `max_backoff` 5 min, doubled each time, less a random part up to 25 %. */
const BACKOFF: Backoff = { firstMs: 1_000, longestMs: 5 * 60_000, jitter: 0.25 }

/**
 * Shares one attempt among all callers. After a failed one no other is made for the time of the backoff: calls in that time
 * get the same failure, and the server is not asked.
 */
export class RetryingFlight<T> {
  readonly #options: RetryingFlightOptions<T>
  #failure: SecretError | undefined
  #failures = 0
  #successes = 0
  #nextAt = -Infinity

  constructor(options: RetryingFlightOptions<T>) {
    this.#options = options
  }

  /**
   * Joins the attempt under way or starts one.
   *
   * @throws {SecretError} the failure, or the last one while it is too early for another attempt; then `retryAfterMs` in its
   * details is the rest of the wait
   */
  readonly run = singleFlight(async (): Promise<T> => {
    const leftMs = this.#nextAt - this.#options.clock.elapsed()
    if (this.#failure !== undefined && leftMs > 0) throw withRetryAfter(this.#failure, leftMs)
    return this.#try()
  })

  /** RetryingFlight until one has succeeded, also one that another caller began. Rejects when the signal ends everything. */
  readonly persist = singleFlight(() => this.#persist())

  async #persist(): Promise<void> {
    const { clock, signal } = this.#options
    const before = this.#successes
    while (this.#successes === before) {
      try {
        await this.run()
      } catch (error) {
        if (signal.aborted || !(error instanceof SecretError)) throw error
        await waitFor(clock, this.#nextAt - clock.elapsed(), signal)
      }
    }
  }

  async #try(): Promise<T> {
    const { attempt, clock, random, signal, failed } = this.#options
    try {
      signal.throwIfAborted()
      const result = await attempt(signal)
      this.#successes += 1
      this.#failures = 0
      this.#failure = undefined
      return result
    } catch (error) {
      if (signal.aborted || !(error instanceof SecretError)) throw error
      const waitMs = backoffMs(BACKOFF, this.#failures, random)
      this.#failures += 1
      this.#failure = error
      this.#nextAt = clock.elapsed() + waitMs
      failed?.(error, waitMs)
      throw error
    }
  }
}

function withRetryAfter({ code, message, details }: SecretError, retryAfterMs: number) {
  return new SecretError(code, message, { ...details, retryAfterMs: Math.ceil(retryAfterMs) })
}

/** Lets `work` go on until `signal` ends it. Its failures are emitted elsewhere; anything but a `SecretError` is a defect. */
export function inBackground(work: Promise<unknown>, signal: AbortSignal): void {
  work.catch((error: unknown) => {
    if (!signal.aborted && !(error instanceof SecretError)) throw error
  })
}
