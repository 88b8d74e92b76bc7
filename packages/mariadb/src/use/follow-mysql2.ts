import { type LiveSecret, type SecretVersion, within } from '@rekey/secret'
import { newConsumer } from '@rekey/secret/internal'
import { isAccessDenied } from '../spec/access-denied.ts'

/** The part of a connection of mysql2 that is used. */
interface Connection {
  readonly config: object
  destroy(): void
  prependOnceListener(event: 'end' | 'error', listener: () => void): void
}

type Callback = (error: unknown, connection?: Connection) => void

/** A pool of mysql2: `createPool` of `mysql2`. */
interface CorePool {
  readonly config: { readonly connectionConfig: object }
  getConnection(callback: Callback): void
  releaseConnection(connection: Connection): void
  on(event: 'acquire' | 'connection' | 'release', listener: (connection: Connection) => void): void
}

/** A pool of mysql2, with promises. */
export interface Mysql2Pool {
  /** The pool without promises. */
  readonly pool: object
}

/** How long a refused query waits for the newest password of the store. */
const ASK_LIMIT_MS = 2_000

/** The connections of a pool, and the version that each was opened with. */
class Connections {
  readonly #secret: LiveSecret
  readonly #consumer: string
  /** By its own copy of the settings, from which it reads its password. */
  readonly #versions = new WeakMap<object, SecretVersion>()
  readonly #open = new Set<Connection>()
  readonly idle = new Set<Connection>()

  constructor(secret: LiveSecret) {
    this.#secret = secret
    this.#consumer = newConsumer(secret.usage, 'mysql2')
  }

  /** The password for the login of a connection with these settings. */
  passwordFor(settings: object): string {
    const { current } = this.#secret
    if (!this.#versions.has(settings)) {
      this.#versions.set(settings, current)
      this.#secret.usage.record(current.version)
    }
    return current.value.expose()
  }

  add(connection: Connection): void {
    this.#open.add(connection)
    const forget = () => {
      this.#forget(connection)
    }
    // Before its pool, which gives it back then: one that is ended there leaves its query without an answer.
    connection.prependOnceListener('end', forget)
    connection.prependOnceListener('error', forget)
    this.report()
  }

  /** Ends a connection that was opened with an older version. */
  endIfOld(connection: Connection): void {
    const version = this.#versions.get(connection.config)?.version
    if (!this.#open.has(connection) || version === this.#secret.current.version) return
    this.#forget(connection)
    connection.destroy()
  }

  #forget(connection: Connection): void {
    this.idle.delete(connection)
    if (this.#open.delete(connection)) this.report()
  }

  report(): void {
    const { current, usage } = this.#secret
    const opened = Array.from(this.#open, ({ config }) => this.#versions.get(config)?.version ?? '')
    usage.hold(this.#consumer, [...new Set([current.version, ...opened])])
  }
}

/**
 * Has a pool of mysql2 follow a password through its rotations: a new connection is opened with the newest one, and a connection that was opened
 * with an older one ends when no query uses it. No query is lost, and no connection more than the limit is open. Reports which versions open
 * connections have. Call it before the first query.
 *
 * @param user the account that the password belongs to
 * @example
 * ```ts
 * const pool = createPool({ host: settings.databaseHost, database: 'shop' })
 * followMysql2(pool, service.secrets.database, 'shop')
 * ```
 */
export function followMysql2(pool: Mysql2Pool, secret: LiveSecret, user: string): void {
  const core = pool.pool as CorePool
  const connections = new Connections(secret)
  Object.defineProperties(core.config.connectionConfig, {
    user: { value: user, enumerable: true },
    password: {
      enumerable: true,
      // Each connection has a copy of the settings, with this property.
      get(this: object) {
        return connections.passwordFor(this)
      },
    },
  })
  const getConnection = core.getConnection.bind(core)
  core.getConnection = (callback) => {
    const { version } = secret.current
    getConnection((error, connection) => {
      if (isAccessDenied(error)) {
        void isReplaced(version, secret).then((again) => {
          if (again) getConnection(callback)
          else callback(error)
        })
      } else callback(error, connection)
    })
  }
  const releaseConnection = core.releaseConnection.bind(core)
  core.releaseConnection = (connection) => {
    connections.endIfOld(connection)
    // Of one that has ended it takes the place for a query that waits.
    releaseConnection(connection)
  }
  core.on('connection', (connection) => {
    connections.add(connection)
  })
  core.on('acquire', (connection) => connections.idle.delete(connection))
  core.on('release', (connection) => connections.idle.add(connection))
  void follow(secret, connections)
}

/** Whether there is a newer password than the refused one, with which the query is not lost; the store is asked for it. */
async function isReplaced(refused: string, secret: LiveSecret): Promise<boolean> {
  secret.usage.fail(refused)
  if (secret.current.version !== refused) return true
  const limit = { what: `the store's answer for ${secret.name}`, limitMs: ASK_LIMIT_MS }
  await within(limit, () => secret.rejected('unauthorized')).catch(() => undefined)
  return secret.current.version !== refused
}

async function follow(secret: LiveSecret, connections: Connections): Promise<void> {
  connections.report()
  const changes = secret.changes(new AbortController().signal)[Symbol.asyncIterator]()
  while ((await changes.next()).done !== true) {
    for (const connection of connections.idle) connections.endIfOld(connection)
    connections.report()
  }
}
