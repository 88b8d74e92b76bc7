import { parseDatabaseUrl } from '@rekey/db-pool-rotator'
import type { SecretStore } from '@rekey/secret'
import pg from 'pg'
import { ROTATOR_LOGIN } from './secret-names.ts'

/** The rotator's connections: one small pool for each database of the server. */
export interface AdminPools {
  /** To the database that the rotator's own login names. */
  readonly own: () => pg.Pool
  /** To the database of a service. */
  readonly to: (database: string) => pg.Pool
  close(): Promise<void>
}

/** Reads the rotator's login. @throws {SecretError} as `read` and `parseDatabaseUrl` */
export async function openAdminPools(store: SecretStore): Promise<AdminPools> {
  const { current } = await store.read(ROTATOR_LOGIN)
  const login = parseDatabaseUrl(current.value.expose())
  const pools = new Map<string, pg.Pool>()
  const to = (database: string) => {
    const pool = pools.get(database) ?? openPool({ ...login, database })
    pools.set(database, pool)
    return pool
  }
  return {
    own: () => to(login.database),
    to,
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.end()))
    },
  }
}

function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({
    ...config,
    max: 2,
    connectionTimeoutMillis: 5_000,
    application_name: 'rekey',
  })
  // An idle connection that the server ends is replaced at the next query, which reports what is wrong.
  pool.on('error', () => undefined)
  // One that is cut while it is lent fails its query as well.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}
