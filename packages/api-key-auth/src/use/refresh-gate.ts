import { type Clock, within } from '@rekey/secret'
import type { SecretErrorCode } from '@rekey/secret/internal'

/** When and how the callers' secrets are read again. */
interface RefreshGateOptions {
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

/** Something that an operator wants to know of the sending side. Never holds a secret. */
export type SendEvent =
  /** The receiver refused `keyId`. `retriedWith` is the key tried after it, `status` the HTTP status in the end. */
  | {
      readonly type: 'unauthorized'
      readonly name: string
      readonly keyId: string
      readonly retriedWith?: string
      readonly status: number
    }
  /**
   * The receiver reports that `keyId` retires, so the source should have a newer key. Reported once per version. A resource
   * that is itself deprecated (RFC 9745) looks the same.
   */
  | {
      readonly type: 'retiring'
      readonly name: string
      readonly keyId: string
      readonly version: string
      /** Since when, in milliseconds since the epoch. */
      readonly since: number
      /** When the receiver will begin to refuse it, if the receiver announces that, in milliseconds since the epoch. */
      readonly until?: number
    }
  /** The source was to be read again because of that, and could not be. */
  | {
      readonly type: 'refresh-failed'
      readonly name: string
      readonly code: SecretErrorCode | 'unexpected'
    }
