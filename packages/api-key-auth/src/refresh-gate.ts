import { type Clock, within } from '@rekey/secret'

/** When and how the callers' secrets are read again. */
export interface RefreshGateOptions {
  readonly clock: Clock
  readonly refresh: () => Promise<unknown>
  /** The pause after a read. */
  readonly cooldownMs: number
  /** How long a caller waits for a read at most. */
  readonly waitMs: number
}

/** A crowd of waiting requests would cost memory, and one of them is enough to learn of a new key. */
const WAITING_AT_MOST = 100

/**
 * Reads the callers' secrets again for an unknown id: once at a time, then not for a while. The same pause as that of `jose`
 * for an unknown key id in a remote JWKS (`cooldownDuration`).
 */
export class RefreshGate {
  readonly #options: RefreshGateOptions
  #running: Promise<void> | undefined
  #waiting = 0
  #endedAt = -Infinity

  constructor(options: RefreshGateOptions) {
    this.#options = options
  }

  /** Resolves when there may be something new; undefined while that is not to be expected. Never rejects. */
  pass(): Promise<void> | undefined {
    if (this.#running === undefined && this.#isCoolingDown()) return undefined
    this.#running ??= this.#run()
    if (this.#waiting >= WAITING_AT_MOST) return undefined
    this.#waiting += 1
    return this.#running
  }

  #isCoolingDown(): boolean {
    const { clock, cooldownMs } = this.#options
    return clock.elapsed() - this.#endedAt < cooldownMs
  }

  async #run(): Promise<void> {
    const { clock, refresh, waitMs } = this.#options
    const limit = { what: "another read of the callers' keys", limitMs: waitMs, clock }
    // A source that cannot be read reports so in its own health; here it only means that nothing new is known.
    await within(limit, () => refresh()).catch(() => undefined)
    this.#running = undefined
    this.#waiting = 0
    this.#endedAt = clock.elapsed()
  }
}
