import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type LiveSecret, type SecretVersion, systemClock } from '@rekey/secret'
import { newConsumer } from '@rekey/secret/internal'
import postgres from 'postgres'
import { CONNECT_TIMEOUT_MS } from '../connection/client-config.ts'
import type { DatabaseCredentials } from '../spec/database-url.ts'
import { proveLogin } from '../spec/prove-login.ts'
import { backoff, type BackoffMs, pause } from '../use/backoff.ts'
import { CredentialFollower } from '../use/credential-follower.ts'
import type { Report } from '../use/pool-events.ts'
import { failingStream, openSocket, readLoginAnswer } from './login-socket.ts'

type Version = SecretVersion<DatabaseCredentials>
type Options = postgres.Options<Record<string, postgres.PostgresType>>
type FromCredentials = 'host' | 'port' | 'path' | 'database' | 'user' | 'username' | 'pass'

type RotatingSqlOptions = Parameters<typeof openRotatingSql>[0]

/** `sql` of postgres.js. It has no `subscribe`, which copies a login once. */
export interface RotatingSql extends postgres.Sql, AsyncDisposable {
  readonly subscribe: never
}

/** A connection of postgres.js, as its own transactions get it. */
interface Connection {
  /** Gives it no query any more, and closes it after those that it has. */
  end(): Promise<void>
}

/** The parts of `sql` that its types lack. */
interface Internals {
  unsafe(
    text: string,
    values: [],
    options: { onexecute(by: Connection): boolean },
  ): Promise<unknown>
  readonly options: { readonly connection: object }
  /** With the `sql` of its own connection. */
  readonly listen: { readonly sql?: Internals }
}

/** How often connections of a replaced login are looked for. */
const RENEW_BACKOFF_MS: BackoffMs = [20, 1_000]
const PACE = { clock: systemClock, rollBackAfterMs: 5_000 }
/** How often in a row a login may be refused that was proved in between. */
const RETRIES = 3

class Rotation {
  readonly sql: postgres.Sql
  readonly follower: CredentialFollower
  readonly #options: RotatingSqlOptions
  readonly #consumer: string
  readonly #stop = new AbortController()
  readonly #open = new Map<Socket, string>()
  /** The version of the connection whose login postgres.js works at. */
  #entering: Version
  #refusals = 0
  #connecting = 0

  constructor(options: RotatingSqlOptions) {
    const { credentials, ownerRole, ssl, loginRetryMs = 10_000, ...own } = options
    this.#options = options
    this.#consumer = newConsumer(credentials.usage, 'postgres.js')
    const client = { ...(ssl !== undefined && { ssl }) }
    this.follower = new CredentialFollower(credentials, {
      ...{ ...PACE, loginRetryMs },
      report: this.#report,
      prove: ({ value }, signal) => proveLogin(value, ownerRole, { signal, client }),
    })
    this.#entering = this.follower.active
    const { host, port, database } = this.#entering.value.expose()
    const followed = {
      ...{ ...own, host, port, database, ssl: false },
      pass: () => this.#entering.value.expose().password,
      socket: () => this.#connect(),
    }
    this.sql = postgres(followed)
    Object.defineProperty(this.sql.options.connection, 'user', {
      enumerable: true,
      get: () => this.#entering.value.expose().user,
    })
    const end = this.sql.end.bind(this.sql)
    this.sql.end = async (limit) => {
      this.#stop.abort()
      this.follower.stop()
      const stopLooking = new AbortController()
      await Promise.race([end(limit), this.#becomesQuiet(stopLooking.signal)])
      stopLooking.abort()
      this.#hold()
    }
    this.#hold()
    void this.follower.follow()
  }

  readonly #report: Report = (event) => {
    if (event.type === 'rejected') this.#options.credentials.usage.fail(event.version)
    if (event.type !== 'proved' || event.before === undefined) return
    this.#hold()
    void this.#renew()
  }

  /**
   * postgres.js 3.4 never ends where it has lost a connection that had a query (issues 1097 and 1130 of porsager/postgres): that is
   * an end too, a second after the last connection is gone.
   */
  async #becomesQuiet(signal: AbortSignal): Promise<void> {
    for (let looks = 0; looks < 10 && !signal.aborted; looks += 1) {
      await pause(systemClock, 100, signal, { keepAlive: true })
      if (this.#open.size + this.#connecting > 0) looks = 0
    }
  }

  /** A socket for a connection; while the login is refused, once there is one that is accepted. */
  async #connect(): Promise<Duplex> {
    const { credentials, ssl } = this.#options
    this.#connecting += 1
    try {
      if (credentials.problem !== undefined) await credentials.rejected('expired')
      if (credentials.problem !== undefined) throw credentials.problem
      if (this.follower.isRecovering) await this.follower.recover()
      const { active } = this.follower
      const socket = await openSocket(active.value.expose(), { ssl, limitMs: CONNECT_TIMEOUT_MS })
      this.#watch(socket, active)
      return socket
    } catch (error) {
      return failingStream(error)
    } finally {
      this.#connecting -= 1
    }
  }

  #watch(socket: Socket, version: Version): void {
    this.#open.set(socket, version.version)
    this.#hold()
    socket.once('close', () => {
      this.#open.delete(socket)
      this.#hold()
    })
    // postgres.js listens for data, then writes the user, and asks for the password while it reads.
    socket.on('newListener', (event) => {
      if (event === 'data') this.#entering = version
    })
    const emit = socket.emit.bind(socket) as (event: string, ...details: unknown[]) => boolean
    let isIn = false
    socket.emit = (event: string, ...details: unknown[]) => {
      if (event === 'data' && !isIn) {
        this.#entering = version
        const answer = readLoginAnswer(details[0] as Buffer)
        isIn = answer === 'accepted'
        if (isIn) {
          this.#refusals = 0
          this.#options.credentials.usage.record(version.version)
        }
        if (answer === 'refused' && this.#isTriedAgain(version)) {
          // Cut without an answer, it is connected anew, and its query is not lost.
          socket.destroy()
          return true
        }
      }
      return emit(event, ...details)
    }
  }

  #isTriedAgain(version: Version): boolean {
    this.#options.credentials.usage.fail(version.version)
    this.#refusals += 1
    if (this.#refusals > RETRIES) return false
    if (version === this.follower.active) this.follower.recover().catch(() => undefined)
    return true
  }

  get #old(): string[] {
    return [...this.#open.values()].filter((opened) => opened !== this.follower.active.version)
  }

  /** Has each connection of a replaced login run a query of ours, behind which it is closed. */
  async #renew(): Promise<void> {
    const { signal } = this.#stop
    // Each is closed once: after that it is connected anew.
    const ended = new Set<Connection>()
    const onexecute = (by: Connection) => {
      if (!ended.has(by)) void by.end()
      ended.add(by)
      // It gets no query behind this one.
      return false
    }
    for (let attempt = 0; !signal.aborted && this.#old.length > 0; attempt += 1) {
      const sql = this.sql as unknown as Internals
      for (const each of [sql, sql.listen.sql])
        this.#old.forEach(() => {
          each?.unsafe('select 1', [], { onexecute }).catch(() => undefined)
        })
      await pause(systemClock, backoff(RENEW_BACKOFF_MS, attempt), signal)
    }
  }

  #hold(): void {
    const active = this.#stop.signal.aborted ? [] : [this.follower.active.version]
    const versions = new Set([...active, ...this.#open.values()])
    this.#options.credentials.usage.hold(this.#consumer, [...versions])
  }
}

/**
 * Opens postgres.js on a login that changes under load. A new login is proved on a connection of its own. Then new connections use it, and each
 * one of the old login is closed behind the queries that it has. No query is lost, and no connection more than `max` is open, but for the
 * proof. A connection in a transaction or reserved is left alone, and the rotation waits for it; that of `listen` is renewed. While the server
 * refuses the login, queries wait for a newer one of the store, up to ten seconds. In postgres.js 3.4, a `reserve` that waits for a connection
 * may wait for ever when one is closed, also by `max_lifetime`: prefer `begin`.
 *
 * @throws {SecretError} as `openRotatingPool`
 * @example
 * ```ts
 * const sql = await openRotatingSql({ credentials: service.secrets.database, ownerRole: 'app' })
 * const [row] = await sql`select now()`
 * ```
 */
export async function openRotatingSql(
  options: Omit<Options, FromCredentials | 'password' | 'ssl'> &
    Readonly<{
      /** The login; connections are replaced when it changes. */
      credentials: LiveSecret<DatabaseCredentials>
      /** The role that a session of each login must act as. Default: any. */
      ownerRole?: string
      /** Used where the login has no `sslmode`, as in `openRotatingPool`. */
      ssl?: boolean | object
      /** How long refused logins are tried again with what the store then holds. Default: 10 seconds. */
      loginRetryMs?: number
    }>,
): Promise<RotatingSql> {
  const { sql, follower } = new Rotation(options)
  try {
    await follower.proveCurrent()
  } catch (error) {
    await sql.end()
    throw error
  }
  const subscribe = undefined as never
  return Object.assign(sql as RotatingSql, { subscribe, [Symbol.asyncDispose]: () => sql.end() })
}
