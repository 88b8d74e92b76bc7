import type { SecretVersion } from '../secret-version.ts'
import type { Secret } from '../secret.ts'
import { type Clock, systemClock } from '../time/clock.ts'
import type { PooledSqlClient, SqlPool } from './sql-client.ts'

/** A pool that can be closed. */
type EndingPool = SqlPool & { end(): Promise<void> }

/** Where a login is read, and how its connections are opened: as `openLoginPool` of `@rekey/audit-log` takes it. */
export interface LoginPlace {
  /** Reads the version that is in the place. */
  readonly read: () => Promise<SecretVersion>
  /** Opens the connections of a login, which is a URL. */
  readonly open: (login: Secret) => EndingPool | Promise<EndingPool>
}

/** A rotation waits a minute for the sessions of the old login, of which unused ones end after ten seconds. */
const LOOK_AFTER_MS = 5_000

/**
 * Has a user of a login that is read again when a connection is refused leave it as soon as it is replaced, before it is closed: a pool that was opened with a login lends no connection once another one is
 * read in its place. It is looked for where a connection is wanted, every five seconds at most. While it cannot be read, the old one goes on.
 */
export function followLogin({ read, open }: LoginPlace, clock: Clock = systemClock): LoginPlace {
  return {
    read,
    async open(login) {
      const pool = await open(login)
      let lookedAt = clock.elapsed()
      const requireCurrent = async () => {
        if (clock.elapsed() - lookedAt < LOOK_AFTER_MS) return
        lookedAt = clock.elapsed()
        const found = await read().catch(() => undefined)
        if (found === undefined || found.value.expose() === login.expose()) return
        throw new Error('another login is in its place')
      }
      const connect = async (): Promise<PooledSqlClient> => {
        await requireCurrent()
        return pool.connect()
      }
      return { connect, query: (text, values) => pool.query(text, values), end: () => pool.end() }
    },
  }
}
