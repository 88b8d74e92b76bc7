import type { LiveSecret } from '@rekey/secret'
import type pg from 'pg'
import { CountingPool } from './counting-pool.ts'
import { CredentialFollower } from './credential-follower.ts'
import { isLoginError } from './database-error.ts'
import type { DatabaseCredentials } from './database-url.ts'
import { bindClient } from './generation-client.ts'
import { GenerationLedger } from './generation-ledger.ts'
import type { RotationEvents } from './pool-events.ts'
import type { RotatingPoolOptions } from './pool-options.ts'
import { type Identity, proveLogin, requireOwner } from './prove-login.ts'

type ConnectCallback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: unknown) => void,
) => void

type PoolEvent = 'error' | 'release' | 'connect' | 'acquire' | 'remove'
type PoolListener<E extends PoolEvent> = E extends 'error' | 'release'
  ? (error: Error, client: pg.PoolClient) => void
  : (client: pg.PoolClient) => void

/** A refused login is retried this often, each time after a login with the same credentials was proved. */
const LOGIN_RETRIES = 3

/**
 * A `pg.Pool` that changes its credentials under load. Drop-in: it is a `pg.Pool` to every library that asks.
 *
 * A new version is first proved by a login of its own. Then, in one synchronous step, new connections use it, idle ones of
 * the old version are closed, and those in use are closed when they come back. Nobody who waits is turned away, and there
 * are never more than `max` connections plus one for the proof, because a connection counts until its socket has ended.
 * What the application holds for long, such as a LISTEN, it keeps; on `draining` it should move it to a new connection.
 */
export class RotatingPool extends CountingPool implements AsyncDisposable {
  readonly #credentials: LiveSecret<DatabaseCredentials>
  readonly #loginRetryMs: number
  readonly #follower: CredentialFollower
  readonly #ledger: GenerationLedger
  #ownerRole: string | undefined

  /** @throws {SecretError} `refused` if the installed `pg-pool` lacks a part that is needed */
  constructor(options: RotatingPoolOptions) {
    const { credentials, ownerRole, consumer = 'pool', loginRetryMs = 10_000, ...config } = options
    super(config)
    this.#credentials = credentials
    this.#loginRetryMs = loginRetryMs
    this.#ownerRole = ownerRole
    this.#ledger = new GenerationLedger({
      held: (versions) => {
        credentials.usage.hold(consumer, versions)
      },
      draining: (version, left) => this.emit('draining', { version, left }),
      drained: (version) => this.emit('drained', { version }),
    })
    this.#follower = new CredentialFollower(credentials, {
      prove: async (version, signal) => {
        this.#learn(await proveLogin(version.value, this.#ownerRole, { signal, client: config }))
      },
      starting: ({ version }) => this.emit('rotating', { version }),
      adopt: (_version, before) => {
        this.#retire(before.version)
      },
      failed: ({ version }, error) =>
        this.emit(error.code === 'unreachable' ? 'unreachable' : 'rejected', { version, error }),
    })
    this.#start()
  }

  #start(): void {
    this.Client = bindClient(this.Client, {
      active: () => this.#follower.active,
      made: (client, { version }) => {
        this.#ledger.stamp(client, version)
      },
      checked: (identity, { version }) => {
        this.#learn(requireOwner(identity, this.#ownerRole))
        this.#credentials.usage.record(version)
      },
      mistaken: ({ version }, error) => this.emit('rejected', { version, error }),
      refused: () => {
        this.#credentials.usage.fail()
        // Started here, so that the gate is shut before the next waiter tries; whoever was refused joins and is told.
        this.#recover().catch(() => undefined)
      },
      lost: ({ version }, reason) => this.emit('lost', { version, reason }),
    })
    // Idle connections that are cut are told as `lost`; without a listener this event would end the process.
    this.on('error', () => undefined)
    this.#showTarget()
    this.#report()
    void this.#follower.follow()
  }

  /**
   * Logs in with the version in use, on a connection of its own. If it is refused, asks the store for a newer one.
   *
   * @throws {SecretError} as {@link proveLogin}
   */
  async prove(): Promise<void> {
    await this.#follower.proveCurrent(this.#loginRetryMs)
  }

  override on<E extends keyof RotationEvents>(
    event: E,
    listener: (told: RotationEvents[E]) => void,
  ): this
  override on<E extends PoolEvent>(event: E, listener: PoolListener<E>): this
  override on(event: string, listener: (...told: never[]) => void): this {
    return super.on(event as PoolEvent, listener as PoolListener<PoolEvent>)
  }

  override connect(): Promise<pg.PoolClient>
  override connect(callback: ConnectCallback): void
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | undefined {
    if (callback !== undefined) {
      this.#connect(callback, LOGIN_RETRIES)
      return undefined
    }
    return new Promise((resolve, reject) => {
      this.#connect((error, client) => {
        if (client === undefined) reject(error ?? new Error('The pool gave no connection'))
        else resolve(client)
      }, LOGIN_RETRIES)
    })
  }

  #connect(callback: ConnectCallback, retriesLeft: number): void {
    super.connect((error, client, done) => {
      if (error === undefined) {
        callback(error, client, done)
        return
      }
      this.#report()
      if (retriesLeft === 0 || !isLoginError(error)) {
        callback(error, undefined, done)
        return
      }
      this.#recover().then(
        () => {
          this.#connect(callback, retriesLeft - 1)
        },
        (failure: unknown) => {
          callback(failure as Error, undefined, done)
        },
      )
    })
  }

  /** One shared recovery. While it runs no new connection is tried; those that are released still serve. */
  async #recover(): Promise<void> {
    try {
      await this.#follower.recover(this.#loginRetryMs)
    } catch (error) {
      const waiters = this._clients.length === 0 ? this._pendingQueue.splice(0) : []
      for (const waiter of waiters) {
        if (waiter.timedOut !== true) waiter.callback(error as Error, undefined, () => undefined)
      }
      throw error
    } finally {
      for (let waiting = this.waitingCount; waiting > 0; waiting -= 1) this._pulseQueue()
    }
  }

  override _isFull(): boolean {
    return this.#follower.isRecovering || super._isFull()
  }

  protected override onClosed(): void {
    this.#report()
    super.onClosed()
  }

  #retire(before: string): void {
    const { version } = this.#follower.active
    this.#showTarget()
    this.#ledger.drain(before)
    for (const client of this._clients) {
      if (!this.#ledger.isOf(client, version)) this._expired.add(client)
    }
    for (const { client } of [...this._idle]) {
      if (this._expired.has(client)) this._remove(client)
    }
    this.#report()
  }

  /** Where the pool connects to, for the tracers that read it here. The password is never among the options. */
  #showTarget(): void {
    const { user, host, port, database } = this.#follower.active.value.expose()
    Object.assign(this.options, { user, host, port, database })
  }

  #learn(identity: Identity): void {
    if (identity.currentUser !== identity.sessionUser) this.#ownerRole ??= identity.currentUser
  }

  #report(): void {
    this.#ledger.update(this.openClients, this.ended ? undefined : this.#follower.active.version)
  }

  override end(): Promise<void>
  override end(callback: () => void): void
  override end(callback?: () => void): Promise<void> | undefined {
    this.#follower.stop()
    const ended = super.end().then(() => {
      this.#report()
    })
    if (callback === undefined) return ended
    ended.then(callback, callback)
    return undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.ending) await this.end()
  }
}
