import { type Clock, SecretError, systemClock } from '@rekey/secret'
import type pg from 'pg'
import { backoff, type BackoffMs, pause } from './backoff.ts'
import { CountingPool } from './counting-pool.ts'
import { CredentialFollower } from './credential-follower.ts'
import { isFull, isLoginError } from './database-error.ts'
import { Generations } from './generations.ts'
import type { RotationEvents } from './pool-events.ts'
import { paceOf, poolConfigOf, type RotatingPoolOptions } from './pool-options.ts'
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

/** The message of `pg-pool` for a caller that waited too long in its queue; it has no code. */
const QUEUE_TIMEOUT = 'timeout exceeded when trying to connect'

function isQueueTimeout(error: Error): boolean {
  return error.message === QUEUE_TIMEOUT
}

/** How often a connection is asked for again: a refused login each time after the same credentials were proved. */
const RETRIES = 3

/** The waits in between if the server has no free connection; one of ours may come back meanwhile. */
const FULL_BACKOFF_MS: BackoffMs = [100, 1000]

/**
 * A `pg.Pool` that changes its credentials under load. Drop-in: it is a `pg.Pool` to every library that asks.
 *
 * A new version is first proved by a login of its own. Then, in one synchronous step, new connections use it, idle ones of
 * the old version are closed, and those in use are closed when they come back; at a slower pace if the options ask for it.
 * Nobody who waits is turned away, and there are never more than `max` connections plus one, for the proof or for one that is
 * logged in ahead, because a connection counts until its socket has ended. What the application holds for long it keeps; on
 * `draining` it should move it to a new connection, as `openListener` does with a LISTEN.
 *
 * While the credentials cannot be read, because their source has been silent for too long, no connection is given out.
 */
export class RotatingPool extends CountingPool implements AsyncDisposable {
  /** The clock that it goes by. */
  readonly clock: Clock
  readonly #credentials: RotatingPoolOptions['credentials']
  readonly #loginRetryMs: number
  readonly #follower: CredentialFollower
  readonly #generations: Generations
  readonly #stop = new AbortController()
  #ownerRole: string | undefined

  /**
   * @throws {SecretError} `refused` if the installed `pg-pool` lacks a part that is needed; `malformed` an option that cannot be
   * meant
   */
  constructor(options: RotatingPoolOptions) {
    const { clock = systemClock, loginRetryMs = 10_000, ownerRole } = options
    const config = poolConfigOf(options)
    super(config)
    this.clock = clock
    this.#credentials = options.credentials
    this.#loginRetryMs = loginRetryMs
    this.#ownerRole = ownerRole
    this.#follower = this.#createFollower(options, config)
    this.#generations = this.#createGenerations(options)
    // Idle connections that are cut are told as `lost`; without a listener this event would end the process.
    this.on('error', () => undefined)
    this.#showTarget()
    this.#generations.report()
    void this.#follower.follow()
  }

  #createFollower(options: RotatingPoolOptions, client: pg.ClientConfig): CredentialFollower {
    const times = { clock: this.clock, goBackAfterMs: options.goBackAfterMs ?? 5000 }
    return new CredentialFollower(options.credentials, times, {
      prove: (version, signal) =>
        this.#generations.prove(async () => {
          this.#learn(await proveLogin(version.value, this.#ownerRole, { signal, client }))
        }),
      starting: ({ version }) => this.emit('rotating', { version }),
      adopt: (_version, before) => {
        this.#showTarget()
        this.#generations.retire(before.version)
      },
      failed: ({ version }, error) =>
        this.emit(error.code === 'unreachable' ? 'unreachable' : 'rejected', { version, error }),
    })
  }

  #createGenerations(options: RotatingPoolOptions): Generations {
    const { usage } = options.credentials
    return new Generations(this, paceOf(options), this.clock, {
      open: () => this.openClients,
      active: () => this.#follower.active,
      checked: (identity, { version }) => {
        this.#learn(requireOwner(identity, this.#ownerRole))
        usage.record(version)
      },
      mistaken: ({ version }, error) => this.emit('rejected', { version, error }),
      refused: () => {
        usage.fail()
        // Started here, so that the gate is shut before the next waiter tries; whoever was refused joins and is told.
        this.#recover().catch(() => undefined)
      },
      lost: ({ version }, reason) => this.emit('lost', { version, reason }),
      delayed: (told) => this.emit('unreachable', told),
      held: (versions) => {
        usage.hold(options.consumer ?? 'pool', versions)
      },
      draining: (version, left) => this.emit('draining', { version, left }),
      drained: (version) => this.emit('drained', { version }),
    })
  }

  /**
   * Logs in with the version that the store names, on a connection of its own, and adopts it if it is not in use yet; so a
   * version that was refused need not wait for its next try. If the version in use is refused, asks the store for a newer one.
   *
   * @throws {SecretError} as {@link proveLogin}; the pool goes on with the version in use
   */
  async prove(): Promise<void> {
    await this.#follower.proveCurrent(this.#loginRetryMs)
  }

  /** Whether a connection logged in with the version in use. One that did not should not be held for long. */
  isCurrent(client: pg.ClientBase): boolean {
    return this.#generations.isCurrent(client)
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
      this.#connect(callback, 0)
      return undefined
    }
    return new Promise((resolve, reject) => {
      this.#connect((error, client) => {
        if (client === undefined) reject(error ?? new Error('The pool gave no connection'))
        else resolve(client)
      }, 0)
    })
  }

  #connect(callback: ConnectCallback, attempt: number): void {
    const { problem } = this.#credentials
    if (problem !== undefined) {
      queueMicrotask(() => {
        callback(problem, undefined, () => undefined)
      })
      return
    }
    super.connect((error, client, done) => {
      if (error === undefined) {
        callback(error, client, done)
        return
      }
      this.#generations.report()
      if (isQueueTimeout(error)) {
        callback(this.#tooLate(), undefined, done)
        return
      }
      const remedy = attempt < RETRIES ? this.#remedy(error, attempt) : undefined
      if (remedy === undefined) callback(error, undefined, done)
      else {
        const fail = (failure: unknown) => {
          callback(failure as Error, undefined, done)
        }
        remedy.then(() => {
          this.#connect(callback, attempt + 1)
        }, fail)
      }
    })
  }

  /** Begins with the words of `pg.Pool`, which callers may know. */
  #tooLate(): SecretError {
    const { connectionTimeoutMillis: limitMs = 0, max } = this.options
    const waitedFor = this.#follower.isRecovering
      ? `a login of ${this.#credentials.name} that the database accepts`
      : `one of ${max} connections, of which ${this.idleCount} are idle`
    return new SecretError('unreachable', `${QUEUE_TIMEOUT}: the pool waits for ${waitedFor}`, {
      reason: 'timeout',
      waitedFor,
      limitMs,
    })
  }

  /** What may help against a failed connect: nothing was sent by the application yet, so asking again is safe. */
  #remedy(error: Error, attempt: number): Promise<void> | undefined {
    if (isLoginError(error)) return this.#recover()
    if (!isFull(error)) return undefined
    const waitMs = backoff(FULL_BACKOFF_MS, attempt)
    return pause(this.clock, waitMs, this.#stop.signal, { keepAlive: true })
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

  override _release(client: pg.Client, idleListener: () => void, error?: Error | boolean): void {
    this.#generations.released(client)
    super._release(client, idleListener, error)
  }

  protected override onClosed(): void {
    this.#generations.report()
    super.onClosed()
    this.#generations.seatSpare()
  }

  /** Where the pool connects to, for the tracers that read it here. The password is never among the options. */
  #showTarget(): void {
    const { user, host, port, database } = this.#follower.active.value.expose()
    Object.assign(this.options, { user, host, port, database })
  }

  #learn(identity: Identity): void {
    if (identity.currentUser !== identity.sessionUser) this.#ownerRole ??= identity.currentUser
  }

  override end(): Promise<void>
  override end(callback: () => void): void
  override end(callback?: () => void): Promise<void> | undefined {
    const ended = this.#end()
    if (callback === undefined) return ended
    ended.then(callback, callback)
    return undefined
  }

  async #end(): Promise<void> {
    this.#stop.abort()
    this.#follower.stop()
    await Promise.all([super.end(), this.#generations.stop()])
    this.#generations.report()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.ending) await this.end()
  }
}
