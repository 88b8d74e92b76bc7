import { type Clock, SecretError, type StagedSecret } from '@rekey/secret'
import type { Random } from '@rekey/secret/internal'
import { stagedSecret, type StoredVersion } from '../../stored-stages.ts'
import { ttlFromSeconds } from '../http/vault-answer.ts'
import { inBackground, RetryingFlight, waitFor } from '../session/renewal.ts'
import type { VaultLease } from '../session/session-token.ts'
import type { EmitVaultEvent } from '../session/vault-event.ts'
import type { VaultSession } from '../session/vault-session.ts'

/** A login that was made for us, for as long as its lease. */
interface Leased {
  readonly version: string
  readonly stored: StoredVersion
  readonly lease: VaultLease
}

/** A login that the database refuses although its lease lives is replaced no more often than this. */
const REJECTION_COOLDOWN_MS = 60_000

/**
 * A dynamic login: each read of its path makes another user, so it is read once, and again only when the lease in hand comes
 * to its end. The one before stays `previous` until it is released or over.
 */
export class LeasedLogin implements DatabaseLogin {
  readonly #options: DatabaseLoginOptions
  readonly #mints: RetryingFlight<Leased>
  readonly #stop = new AbortController()
  #current: Leased | undefined
  /** Replaced, and still valid; the newest first. */
  #replaced: readonly Leased[] = []
  #changes = 0
  #mintedAt = -Infinity

  constructor(options: DatabaseLoginOptions) {
    const { clock, random, path, emit } = options
    this.#options = options
    this.#mints = new RetryingFlight({
      attempt: (signal) => this.#mint(signal),
      failed: (error, retryInMs) => {
        emit('read-failed', { path, error, retryInMs })
      },
      clock,
      random,
      signal: this.#stop.signal,
    })
  }

  async read(): Promise<StagedSecret> {
    return this.#describe(this.#current ?? (await this.#mints.run()))
  }

  async released(version: string): Promise<void> {
    const leased = this.#replaced.find((one) => one.version === version)
    if (leased === undefined) return
    await leased.lease.revoke()
    this.#drop(leased)
  }

  /** Vault has usually ended the lease, by itself or with its token; if not, the database was changed by hand. */
  async rejected(version: string): Promise<void> {
    const refused = this.#current
    if (refused?.version !== version) return
    await refused.lease.check()
    const isSoon = this.#options.clock.elapsed() - this.#mintedAt < REJECTION_COOLDOWN_MS
    if (this.#current === undefined || (this.#current === refused && !isSoon)) {
      await this.#mints.run()
    }
  }

  async close(): Promise<void> {
    this.#stop.abort(new SecretError('disposed', 'the source was closed'))
    const held = [this.#current, ...this.#replaced].filter((leased) => leased !== undefined)
    await Promise.all(held.map(({ lease }) => this.#giveBack(lease)))
  }

  async #mint(signal: AbortSignal): Promise<Leased> {
    const { session, path, format, clock } = this.#options
    const lease = await session.openLease({ path, signal })
    try {
      const stored = { value: format(lease.data), createdAt: new Date(clock.now()) }
      const { version } = stagedSecret(this.#options.name, { current: stored }, '').current
      return this.#take({ version, stored, lease })
    } catch (error) {
      await this.#giveBack(lease)
      throw error
    }
  }

  #take(leased: Leased): Leased {
    const { lease } = leased
    if (this.#current !== undefined) this.#replaced = [this.#current, ...this.#replaced]
    this.#current = leased
    this.#mintedAt = this.#options.clock.elapsed()
    lease.onChange(() => {
      if (lease.isOver) this.#drop(leased)
      else this.#change()
    })
    this.#change()
    inBackground(this.#replaceInTime(leased), this.#stop.signal)
    return leased
  }

  async #replaceInTime(leased: Leased): Promise<void> {
    const { reason } = await leased.lease.ended
    const isOurs = this.#current === leased || this.#current === undefined
    if (reason !== 'revoked' && isOurs) await this.#mints.persist()
  }

  #drop(leased: Leased): void {
    if (this.#current === leased) this.#current = undefined
    this.#replaced = this.#replaced.filter((one) => one !== leased)
    this.#change()
  }

  #change(): void {
    this.#changes += 1
    this.#options.changed()
  }

  async #giveBack(lease: VaultLease): Promise<void> {
    const { path, emit } = this.#options
    try {
      await lease.revoke()
    } catch (error) {
      if (!(error instanceof SecretError)) throw error
      emit('revoke-failed', { path, error })
    }
  }

  /** A renewal changes when a version expires, hence the revision; the version stays. */
  #describe(current: Leased): StagedSecret {
    const [previous] = this.#replaced
    const stages = { current: current.stored, ...(previous && { previous: previous.stored }) }
    const staged = stagedSecret(this.#options.name, stages, 'read it again', {
      kind: 'store',
      store: 'vault',
    })
    return {
      ...staged,
      revision: `${staged.revision}.${this.#changes}`,
      current: { ...staged.current, expiresAt: current.lease.expiresAt },
      ...(previous &&
        staged.previous && {
          previous: { ...staged.previous, expiresAt: previous.lease.expiresAt },
        }),
    }
  }
}

/** Vault rotates at the end of `ttl`; consul-template, too, looks a second later. */
const AFTER_ROTATION_MS = 1_000

const ROTATING = 'rotating'

/**
 * A static role: one user whose password Vault changes. Reading it makes nothing, so every read asks Vault, and by itself it
 * looks again right after each rotation. There is no `previous`: the database refuses the old password at once.
 */
export class StaticLogin implements DatabaseLogin {
  readonly #options: DatabaseLoginOptions
  readonly #reads: RetryingFlight<StoredVersion>
  readonly #stop = new AbortController()
  #next = new AbortController()
  #last: string | undefined

  constructor(options: DatabaseLoginOptions) {
    const { clock, random, path, emit } = options
    this.#options = options
    this.#reads = new RetryingFlight({
      attempt: (signal) => this.#read(signal),
      failed: (error, retryInMs) => {
        const isRotating = error.details['reason'] === ROTATING
        if (!isRotating) emit('read-failed', { path, error, retryInMs })
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

/** A database login that Vault makes or rotates, under the name of one secret. */
export interface DatabaseLogin {
  /** The login in hand; the first read gets it. */
  read(): Promise<StagedSecret>
  /** Called when no consumer in this process uses that version any more. */
  released(version: string): Promise<void>
  /** The database refused that version. */
  rejected(version: string): Promise<void>
  /** Revokes the leases. A failure is emitted as an event. */
  close(): Promise<void>
}

/** The options of a {@link DatabaseLogin}. */
export interface DatabaseLoginOptions {
  readonly name: string
  /** The path that gives it, such as `database/creds/frontend`. */
  readonly path: string
  /** Makes the text of the secret. */
  readonly format: (data: Readonly<Record<string, unknown>>) => string
  readonly session: VaultSession
  /** Called when the next read may give something else. */
  readonly changed: () => void
  readonly emit: EmitVaultEvent
  readonly clock: Clock
  readonly random: Random
}
