import type { LiveSecret } from '@rekey/secret'
import { askForNewest, newConsumer, onChange } from '@rekey/secret/internal'
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
  const consumer = newConsumer(secret.usage, 'mysql2')
  /** By the settings that each connection has for itself. */
  const versions = new WeakMap<object, string>()
  const open = new Set<Connection>()
  const idle = new Set<Connection>()
  let newest = secret.current

  const report = () => {
    const opened = Array.from(open, ({ config }) => versions.get(config) ?? '')
    secret.usage.hold(consumer, [...new Set([newest.version, ...opened])])
  }
  const forget = (connection: Connection) => {
    idle.delete(connection)
    if (open.delete(connection)) report()
  }
  const endIfOld = (connection: Connection) => {
    if (!open.has(connection) || versions.get(connection.config) === newest.version) return
    forget(connection)
    connection.destroy()
  }

  Object.defineProperties(core.config.connectionConfig, {
    user: { value: user, enumerable: true },
    password: {
      enumerable: true,
      get(this: object) {
        if (!versions.has(this)) secret.usage.record(newest.version)
        versions.set(this, versions.get(this) ?? newest.version)
        return newest.value.expose()
      },
    },
  })
  retryRefused(core, secret)
  const releaseConnection = core.releaseConnection.bind(core)
  core.releaseConnection = (connection) => {
    endIfOld(connection)
    // Of one that has ended it takes the place for a query that waits.
    releaseConnection(connection)
  }
  core.on('connection', (connection) => {
    open.add(connection)
    // Before its pool, which gives it back then: one that is ended there leaves its query without an answer.
    for (const event of ['end', 'error'] as const) {
      connection.prependOnceListener(event, () => {
        forget(connection)
      })
    }
    report()
  })
  core.on('acquire', (connection) => idle.delete(connection))
  core.on('release', (connection) => idle.add(connection))
  report()
  void onChange(secret, ({ current }) => {
    newest = current
    idle.forEach(endIfOld)
    report()
  })
}

/** Has a query whose login is refused not be lost where the store has a newer password. */
function retryRefused(core: CorePool, secret: LiveSecret): void {
  const getConnection = core.getConnection.bind(core)
  core.getConnection = (callback) => {
    // Not thrown: a query that waited is called from where nothing catches it.
    if (secret.problem !== undefined) {
      callback(secret.problem)
      return
    }
    const { version } = secret.current
    const isReplaced = () => secret.problem === undefined && secret.current.version !== version
    getConnection((error, connection) => {
      if (!isAccessDenied(error)) {
        callback(error, connection)
        return
      }
      secret.usage.fail(version)
      void (isReplaced() ? Promise.resolve() : askForNewest(secret)).then(() => {
        if (isReplaced()) getConnection(callback)
        else callback(error)
      })
    })
  }
}
