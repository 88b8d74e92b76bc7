import { parseDatabaseUrl } from '@rekey/db-pool-rotator'
import { createPool } from '@rekey/db-pool-rotator/connection'
import { DisposalStack, type SecretStore } from '@rekey/secret'
import type pg from 'pg'
import { ROTATOR_LOGIN } from './reference-family.ts'

/** The rotator's connections: one small pool for each database of the server. */
export interface AdminPools extends AsyncDisposable {
  /** To the database that the rotator's own login names. */
  readonly own: () => pg.Pool
  /** To the database of a service. */
  readonly to: (database: string) => pg.Pool
}

/** Reads the rotator's login. @throws {SecretError} as `read`, `parseDatabaseUrl` and `createPool` */
export async function openAdminPools(store: SecretStore): Promise<AdminPools> {
  const { current } = await store.read(ROTATOR_LOGIN)
  const login = parseDatabaseUrl(current.value.expose())
  const pools = new Map<string, pg.Pool>()
  const stack = new DisposalStack()
  const to = (database: string) => {
    const known = pools.get(database)
    if (known !== undefined) return known
    const pool = createPool({ ...login, database }, { applicationName: 'rekey' })
    pools.set(database, pool)
    stack.defer(() => pool.end(), `connections to ${database}`)
    return pool
  }
  return { own: () => to(login.database), to, [Symbol.asyncDispose]: () => stack.dispose() }
}
