import { followClient, type LiveSecret, systemClock } from '@rekey/secret'
import type { FollowedClient } from '@rekey/secret/internal'
import { isAccessDenied } from '../spec/access-denied.ts'

/** The part of a pool of `mariadb` that is used. */
export interface MariadbPool {
  /** Connections that are in use. */
  activeConnections(): number
  /** Callers that wait for a connection. */
  taskQueueSize(): number
  /** A connection, once the server has accepted its login. */
  getConnection(): Promise<{ release(): Promise<void> }>
  /** Rejects callers that wait, and cuts connections that are in use for longer than 10 seconds. */
  end(): Promise<void>
}

/** The types of `mariadb` lack it: a pool emits what fails while it connects. */
interface Emitter {
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** A pool of `mariadb` that follows its password. */
export type FollowedMariadb<P extends MariadbPool> = FollowedClient<P>

/** How often a pool that is drained is asked for what it still does. */
const POLL_MS = 20

/**
 * Opens a pool of `mariadb` that follows a password through its rotations. `mariadb` reads a password once for each pool, so the next pool
 * is open before the old one is drained: callers that wait there are served, and no connection in use is cut. Until then both are open, with
 * at most twice the connections of one. Reports which versions are in use.
 *
 * @param open makes a pool with the password
 * @throws what the pool throws at first
 * @example
 * ```ts
 * const database = await followMariadb(service.secrets.database, (password) =>
 *   createPool({ host: settings.databaseHost, user: 'shop', password, connectionLimit: 5 }),
 * )
 * await database.current.query('select 1')
 * ```
 */
export function followMariadb<P extends MariadbPool>(
  secret: LiveSecret,
  open: (password: string) => P,
): Promise<FollowedMariadb<P>> {
  return followClient(secret, {
    consumer: 'mariadb',
    async open(value) {
      const pool = open(value.expose())
      try {
        await proveLogin(pool)
        return pool
      } catch (error) {
        await pool.end()
        throw error
      }
    },
    isLoginError: isAccessDenied,
    watch(pool, _lost, refused) {
      emitterOf(pool).on('error', refused)
    },
    async retire(pool) {
      while (pool.activeConnections() + pool.taskQueueSize() > 0) await systemClock.sleep(POLL_MS)
      await pool.end()
    },
  })
}

/** Logs in. What fails is emitted at once; the caller that waits gets it after `acquireTimeout`. */
async function proveLogin(pool: MariadbPool): Promise<void> {
  const failed = new Promise<never>((_, reject) => {
    emitterOf(pool).on('error', (error) => {
      reject(error.cause instanceof Error ? error.cause : error)
    })
  })
  const connection = await Promise.race([pool.getConnection(), failed])
  await connection.release()
}

function emitterOf(pool: object): Emitter {
  return pool as Emitter
}
