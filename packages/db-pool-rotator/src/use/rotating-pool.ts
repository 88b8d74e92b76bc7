import { type Clock, SecretError, type SecretVersion, systemClock, within } from '@rekey/secret'
import type pg from 'pg'
import { backoff, type BackoffMs, pause } from './backoff.ts'
import { CountingPool } from './counting-pool.ts'
import { CredentialFollower } from './credential-follower.ts'
import { describeDatabaseError, isFull, isLoginError } from '../spec/database-error.ts'
import type { DatabaseCredentials } from '../spec/database-url.ts'
import {
  bindClient,
  type GenerationClient,
  type GenerationClientConstructor,
  OwnerRole,
} from './generation-client.ts'
import type { Report, RotationEvents } from './pool-events.ts'
import {
  atEndpoint,
  consumerOf,
  paceOf,
  poolConfigOf,
  type RotatingPoolOptions,
} from './pool-options.ts'
import { Replacement, type Seats } from './replacement.ts'
import { SpareConnection } from './spare-connection.ts'

type Version = SecretVersion<DatabaseCredentials>

type ConnectCallback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: unknown) => void,
) => void

type InheritedEvent = 'error' | 'release' | 'connect' | 'acquire' | 'remove'
type InheritedListener<E extends InheritedEvent> = E extends 'error' | 'release'
  ? (error: Error, client: pg.PoolClient) => void
  : (client: pg.PoolClient) => void

/** The message of `pg-pool` for a caller that waited too long in its queue; it has no code. */
const QUEUE_TIMEOUT = 'timeout exceeded when trying to connect'

/** How often a connection is asked for again: a refused login each time after the same credentials were proved. */
const RETRIES = 3

/** The waits in between if the server has no free connection; one of ours may come back meanwhile. */
const FULL_BACKOFF_MS: BackoffMs = [100, 1000]

/** How long callers wait for a younger login, and the waits between two looks. */
const TOO_OLD_MS = 5000
const TOO_OLD_BACKOFF_MS: BackoffMs = [50, 500]

/** How long a connection beyond those of the pool may take to connect, and again to answer. */
const SPARE_LIMIT_MS = 5000

/**
 * A `pg.Pool` that changes its credentials under load. Drop-in: it is a `pg.Pool` to every library that asks.
 *
 * A new version is first proved by a login of its own. Then, in one synchronous step, new connections use it and idle ones of
 * the old version are closed. Those in use are replaced one by one within a second: a successor logs in first, then one that
 * comes back is closed. The options set another pace. No caller that waits is turned away, and there are never more than `max`
 * connections plus one, because a connection counts until its socket has ended. A connection that the application holds is never
 * cut; on `draining` the application should move to a new one, as `openListener` does with a LISTEN.
 *
 * While the credentials cannot be read, because their source has been silent for too long, no connection is given out; a caller
 * waits for the answer if they are being read again.
 */
export class RotatingPool extends CountingPool implements Seats, AsyncDisposable {
  /** The clock that it goes by. */
  readonly clock: Clock
  readonly #options: RotatingPoolOptions
  readonly #role: OwnerRole
  readonly #Client: GenerationClientConstructor
  readonly #follower: CredentialFollower
  readonly #replacement: Replacement
  readonly #stop = new AbortController()
  #tooOldAt: number | undefined
  readonly #spare = new SpareConnection(() => {
    this.#replacement.count()
  })

  /**
   * @throws {SecretError} `refused` if the installed `pg-pool` lacks a part that is needed; `malformed` an option that cannot be
   * meant
   */
  constructor(options: RotatingPoolOptions) {
    const {
      clock = systemClock,
      credentials,
      rollBackAfterMs = 5000,
      loginRetryMs = 10_000,
    } = options
    const pace = paceOf(options)
    super(poolConfigOf(options))
    const report = this.#report
    this.clock = clock
    this.#options = options
    this.#role = new OwnerRole(options.ownerRole)
    this.#follower = new CredentialFollower(credentials, {
      clock,
      rollBackAfterMs,
      loginRetryMs,
      report,
      prove: (version, signal) => this.#prove(version, signal),
    })
    this.#replacement = new Replacement(this, this.#spare, { pace, clock, report })
    const { Client } = this
    this.#Client = bindClient(Client)
    this.Client = new Proxy(Client, {
      construct: (_Client, [config]: [pg.ClientConfig?]) =>
        this.#spare.take(this._version) ?? this.#create(config, this.#follower.active),
    })
    // An idle connection that is cut is reported as `lost`; without a listener this event would end the process.
    this.on('error', () => undefined)
    this.#showTarget()
    this.#replacement.count()
    void this.#follower.follow()
  }

  #create(config: pg.ClientConfig | undefined, version: Version): GenerationClient {
    const there = atEndpoint(version, this.#options.endpoint)
    return new this.#Client(config, { version: there, role: this.#role, report: this.#report })
  }

  /** All that follows from what happens to the credentials and connections. */
  readonly #report: Report = (event) => {
    const { credentials } = this.#options
    switch (event.type) {
      case 'proved':
        if (event.before === undefined) this.#spare.discard()
        else {
          this.#showTarget()
          this.#replacement.begin(event.before)
        }
        break
      case 'entered':
        credentials.usage.record(event.version)
        break
      case 'refused':
        credentials.usage.fail()
        // Started here, so that the gate is shut before the next waiter tries; the one that was refused joins and gets the error.
        // A login that was replaced meanwhile is refused late, and reveals nothing of the one in use.
        if (event.version === this._version) this.#recover().catch(() => undefined)
        break
      case 'holding':
        credentials.usage.hold(consumerOf(this.#options), event.versions)
        break
      default: {
        const { type, ...details } = event
        this.emit(type, details)
      }
    }
  }

  get _version(): string {
    return this.#follower.active.version
  }

  _prepareSpare(signal: AbortSignal): Promise<void> {
    return this.#prove(this.#follower.active, signal)
  }

  /** Logs the spare connection in with `version`. @throws {SecretError} as `proveLogin` */
  async #prove(version: Version, signal: AbortSignal): Promise<void> {
    const limits = { connectionTimeoutMillis: SPARE_LIMIT_MS }
    try {
      await this.#spare.prepare(() => this.#create({ ...this.options, ...limits }, version), signal)
    } catch (error) {
      const { user, host, port } = atEndpoint(version, this.#options.endpoint).value.expose()
      throw describeDatabaseError(error, { user, host, port })
    }
  }

  /**
   * Logs in with the version that the store names, on a connection of its own, and adopts it if it is not in use yet; so a
   * version that was refused need not wait for its next try. If the version in use is refused, asks the store for a newer one.
   *
   * @throws {SecretError} as `proveLogin`; the pool goes on with the version in use
   */
  async prove(): Promise<void> {
    await this.#follower.proveCurrent()
    await this.#spare.closed
  }

  /** Whether a connection logged in with the version in use. One that did not should not be held for long. */
  isCurrent(client: pg.ClientBase): boolean {
    return this.#replacement.isCurrent(client)
  }

  /** Listens to the events of `pg.Pool`, and to those of a change of the credentials. */
  override on<E extends keyof RotationEvents>(
    event: E,
    listener: (details: RotationEvents[E]) => void,
  ): this
  override on<E extends InheritedEvent>(event: E, listener: InheritedListener<E>): this
  override on(event: string, listener: (...details: never[]) => void): this {
    return super.on(event as InheritedEvent, listener as InheritedListener<InheritedEvent>)
  }

  /** As `connect` of `pg.Pool`: the client logged in with the version in use when it was given out. */
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
    const { problem } = this.#options.credentials
    if (problem !== undefined) {
      const fail = (failure: unknown) => {
        callback(failure as Error, undefined, () => undefined)
      }
      this.#readAgain(problem).then(() => {
        this.#connect(callback, attempt)
      }, fail)
      return
    }
    this.#tooOldAt = undefined
    super.connect((error, client, done) => {
      if (error === undefined) {
        callback(error, client, done)
        return
      }
      this.#replacement.count()
      if (error.message === QUEUE_TIMEOUT) {
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

  /**
   * A login whose time was over while the process or its source stood still is read again: callers wait for that, as long as
   * they wait for a connection, and for five seconds from the first of them on. Later ones ask once and fail.
   */
  async #readAgain(problem: SecretError): Promise<void> {
    const { credentials } = this.#options
    if (problem.details['reason'] !== 'expired') throw problem
    const { connectionTimeoutMillis: limitMs = 0 } = this.options
    const what = `a login of ${credentials.name} that is not too old`
    const { signal } = this.#stop
    this.#tooOldAt ??= this.clock.elapsed()
    const endMs = this.#tooOldAt + TOO_OLD_MS
    const ask = async () => {
      for (let attempt = 0; ; attempt += 1) {
        await credentials.rejected('expired')
        if (credentials.problem === undefined) return
        if (signal.aborted || this.clock.elapsed() >= endMs) throw credentials.problem
        await pause(this.clock, backoff(TOO_OLD_BACKOFF_MS, attempt), signal, { keepAlive: true })
      }
    }
    await (limitMs > 0 ? within({ what, limitMs, clock: this.clock, signal }, ask) : ask())
  }

  /** Begins with the words of `pg.Pool`, which callers may know. */
  #tooLate(): SecretError {
    const { connectionTimeoutMillis: limitMs = 0, max } = this.options
    const waitedFor = this.#follower.isRecovering
      ? this.#follower.recoveryWait
      : `one of ${max} connections, of which ${this.idleCount} are idle`
    return new SecretError('unreachable', `${QUEUE_TIMEOUT}: the pool waits for ${waitedFor}`, {
      reason: 'timeout',
      waitedFor,
      limitMs,
    })
  }

  /** Finds a remedy for a failed connect: the application has sent nothing yet, so a retry is safe. */
  #remedy(error: Error, attempt: number): Promise<void> | undefined {
    if (isLoginError(error))
      return this.#follower.isRecovering ? this.#recover() : Promise.resolve()
    if (!isFull(error)) return undefined
    const waitMs = backoff(FULL_BACKOFF_MS, attempt)
    return pause(this.clock, waitMs, this.#stop.signal, { keepAlive: true })
  }

  /** One shared recovery. While it runs no new connection is tried; those that are released still serve. */
  async #recover(): Promise<void> {
    try {
      await this.#follower.recover()
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

  /** @internal */
  override _isFull(): boolean {
    return this.#follower.isRecovering || super._isFull()
  }

  /** @internal */
  override _release(client: pg.Client, idleListener: () => void, error?: Error | boolean): void {
    this.#replacement.release(client)
    super._release(client, idleListener, error)
  }

  protected override onClosed(): void {
    this.#replacement.count()
    super.onClosed()
    this.#replacement.seatSpare()
  }

  /** Where the pool connects to, for the tracers that read it here. The password is never among the options. */
  #showTarget(): void {
    const there = atEndpoint(this.#follower.active, this.#options.endpoint)
    const { user, host, port, database } = there.value.expose()
    Object.assign(this.options, { user, host, port, database })
  }

  protected override async close(): Promise<void> {
    this.#stop.abort()
    this.#follower.stop()
    this.#replacement.stop()
    await Promise.all([super.close(), this.#spare.close()])
    this.#replacement.count()
  }

  /** Ends the pool, if that was not done before. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.ending) await this.end()
  }
}

/**
 * Opens a {@link RotatingPool} and proves its first login, so that a service does not start on credentials that fail.
 *
 * @example
 * ```ts
 * await using pool = await openRotatingPool({ credentials: service.secrets.database, ownerRole: 'app' })
 * await pool.query('select 1')
 * ```
 * @throws {SecretError} `rejected`, `refused`, `forbidden` or `unreachable`
 */
export async function openRotatingPool(options: RotatingPoolOptions): Promise<RotatingPool> {
  const pool = new RotatingPool(options)
  try {
    await pool.prove()
    return pool
  } catch (error) {
    await pool.end()
    throw error
  }
}
