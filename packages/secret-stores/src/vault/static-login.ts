import { SecretError, type StagedSecret } from '@rekey/secret'
import { stagedSecret, type StoredVersion } from '../stored-stages.ts'
import { Attempts, inBackground } from './attempts.ts'
import type { DatabaseLogin, DatabaseLoginOptions } from './database-login.ts'
import { waitFor } from './lease-term.ts'
import { ttlFromSeconds } from './time-to-live.ts'

/** Vault rotates at the end of `ttl`; consul-template, too, looks a second later. */
const AFTER_ROTATION_MS = 1_000

const ROTATING = 'rotating'

/**
 * A static role: one user whose password Vault changes. Reading it makes nothing, so every read asks Vault, and by itself it
 * looks again right after each rotation. There is no `previous`: the database refuses the old password at once.
 */
export class StaticLogin implements DatabaseLogin {
  readonly #options: DatabaseLoginOptions
  readonly #reads: Attempts<StoredVersion>
  readonly #stop = new AbortController()
  #next = new AbortController()
  #last: string | undefined

  constructor(options: DatabaseLoginOptions) {
    const { clock, random, path, tell } = options
    this.#options = options
    this.#reads = new Attempts({
      attempt: (signal) => this.#read(signal),
      failed: (error, retryInMs) => {
        const isRotating = error.details['reason'] === ROTATING
        if (!isRotating) tell('read-failed', { path, error, retryInMs })
      },
      clock,
      random,
      signal: this.#stop.signal,
    })
  }

  async read(): Promise<StagedSecret> {
    const current = await this.#reads.run()
    return stagedSecret(this.#options.name, { current }, 'read it again', {
      kind: 'store',
      store: 'vault',
    })
  }

  released(): Promise<void> {
    return Promise.resolve()
  }

  /** The read that follows asks Vault anyway. */
  rejected(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.#stop.abort(new SecretError('disposed', 'the source was closed'))
    this.#next.abort()
    return Promise.resolve()
  }

  async #read(signal: AbortSignal): Promise<StoredVersion> {
    const { session, path, format, changed } = this.#options
    const { data = {} } = await session.request({ method: 'GET', path, signal })
    const ttlMs = ttlFromSeconds(data['ttl'])
    if (ttlMs === 0) {
      throw new SecretError('unreachable', `${path} is being rotated: read it again`, {
        reason: ROTATING,
      })
    }
    const value = format(data)
    this.#next.abort()
    this.#next = new AbortController()
    inBackground(this.#readAfter(ttlMs + AFTER_ROTATION_MS, this.#next.signal), this.#next.signal)
    if (value !== this.#last && this.#last !== undefined) changed()
    this.#last = value
    const rotatedAt = new Date(String(data['last_vault_rotation']))
    return { value, ...(!Number.isNaN(rotatedAt.getTime()) && { createdAt: rotatedAt }) }
  }

  async #readAfter(waitMs: number, signal: AbortSignal): Promise<void> {
    await waitFor(this.#options.clock, waitMs, signal)
    await this.#reads.persist()
  }
}
