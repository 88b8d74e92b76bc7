import type { Clock } from '@rekey/secret'

/** How many looks at the clock one wait is divided into, at least a second apart. */
const LOOKS = 200
const MIN_STEP_MS = 1_000

/** How long something is valid that the server granted for a time. Setting the wall clock does not change it. */
export class LeaseTerm {
  readonly #clock: Clock
  #endsAt = 0

  /** `askedAt` is when the request was sent (`Clock.elapsed`), since the server began to count some time after that. */
  constructor(clock: Clock, ttlMs: number, askedAt: number) {
    this.#clock = clock
    this.prolong(ttlMs, askedAt)
  }

  get remainingMs(): number {
    return this.#endsAt - this.#clock.elapsed()
  }

  /** By the wall clock as it is now. */
  get expiresAt(): Date {
    return new Date(this.#clock.now() + this.remainingMs)
  }

  /** The server granted `ttlMs` more, counted from `askedAt`. */
  prolong(ttlMs: number, askedAt: number): void {
    this.#endsAt = askedAt + ttlMs
  }

  /** Resolves at the end, or rejects with the signal's reason. */
  async run(signal: AbortSignal): Promise<void> {
    await waitFor(this.#clock, this.remainingMs, signal)
  }
}

/**
 * Waits for any time, and notices when the machine was suspended meanwhile: timers stand still then, the rest of the world
 * does not. So the wait is divided, and each part looks at what has really passed.
 */
export async function waitFor(clock: Clock, waitMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const end = clock.elapsed() + waitMs
  const stepMs = Math.max(waitMs / LOOKS, MIN_STEP_MS)
  for (let leftMs = waitMs; leftMs > 0; leftMs = end - clock.elapsed()) {
    await clock.sleep(Math.ceil(Math.min(leftMs, stepMs)), signal)
  }
}
