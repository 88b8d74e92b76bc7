import { type Clock, SecretError } from '@rekey/secret'
import { type Random, waitFor } from './renewal.ts'

/** What {@link Attempts} makes. */
export interface AttemptsOptions<T> {
  readonly attempt: (signal: AbortSignal) => Promise<T>
  /** Called after each failure with the time until the next attempt. */
  readonly failed?: (error: SecretError, retryInMs: number) => void
  readonly clock: Clock
  readonly random: Random
  /** Ends everything. */
  readonly signal: AbortSignal
}

/** Vault Agent's auto-auth: `min_backoff` 1 s, `max_backoff` 5 min, doubled each time, less a random part up to 25 %. */
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 5 * 60_000
const RANDOM_PART = 0.25

/**
 * Something that must work sooner or later and must not be hurried: one attempt at a time that all share, and after a failure
 * a time in which everybody gets that failure and the server is left alone.
 */
export class Attempts<T> {
  readonly #options: AttemptsOptions<T>
  #running: Promise<T> | undefined
  #failure: SecretError | undefined
  #failures = 0
  #successes = 0
  #persisting: Promise<void> | undefined
  #nextAt = -Infinity

  constructor(options: AttemptsOptions<T>) {
    this.#options = options
  }

  /**
   * Joins the attempt under way or makes one.
   *
   * @throws {SecretError} the failure, or the last one while it is too early for another attempt; then `retryAfterMs` in its
   * details says for how long
   */
  run(): Promise<T> {
    const leftMs = this.#nextAt - this.#options.clock.elapsed()
    if (this.#running === undefined && this.#failure !== undefined && leftMs > 0) {
      return Promise.reject(withRetryAfter(this.#failure, leftMs))
    }
    this.#running ??= this.#try().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Goes on until an attempt has worked, also one that somebody else made. Rejects when the signal ends everything. */
  persist(): Promise<void> {
    this.#persisting ??= this.#persist().finally(() => {
      this.#persisting = undefined
    })
    return this.#persisting
  }

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
      const grownMs = Math.min(FIRST_WAIT_MS * 2 ** this.#failures, LONGEST_WAIT_MS)
      const waitMs = grownMs * (1 - RANDOM_PART * random())
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

/** Lets `work` go on by itself until `signal` ends it. Its failures are told elsewhere; anything but those is a defect. */
export function inBackground(work: Promise<unknown>, signal: AbortSignal): void {
  work.catch((error: unknown) => {
    if (!signal.aborted && !(error instanceof SecretError)) throw error
  })
}
