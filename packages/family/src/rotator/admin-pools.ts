import { type DatabaseCredentials, parseDatabaseUrl } from '@rekey/db-pool-rotator'
import { createPool } from '@rekey/db-pool-rotator/connection'
import { DisposalStack, type SecretStore } from '@rekey/secret'
import type pg from 'pg'
import type { UsedServer } from '../family-secrets.ts'

/** The rotator's connections: one small pool for each database of each server. */
export interface AdminPools extends AsyncDisposable {
  /** To the database that the rotator's login at a server names. */
  readonly own: (server: string) => pg.Pool
  /** To a database of a server. */
  readonly to: (server: string, database: string) => pg.Pool
}

/** Reads the rotator's login at each server. @throws {SecretError} as `read`, `parseDatabaseUrl` and `createPool` */
export async function openAdminPools(
  store: SecretStore,
  servers: readonly UsedServer[],
): Promise<AdminPools> {
  const logins = new Map<string, DatabaseCredentials>()
  for (const { server, admin } of servers) {
    const { current } = await store.read(admin)
    logins.set(server, parseDatabaseUrl(current.value.expose()))
  }
  const loginAt = (server: string): DatabaseCredentials => {
    const login = logins.get(server)
    if (login !== undefined) return login
    throw new Error(`this family has no database at the server ${server} that a rotator changes`)
  }
  const pools = new Map<string, pg.Pool>()
  const stack = new DisposalStack()
  const to = (server: string, database: string) => {
    const key = JSON.stringify([server, database])
    const known = pools.get(key)
    if (known !== undefined) return known
    const pool = createPool({ ...loginAt(server), database }, { applicationName: 'rekey' })
    pools.set(key, pool)
    stack.defer(() => pool.end(), `connections to ${database} at ${server}`)
    return pool
  }
  const own = (server: string) => to(server, loginAt(server).database)
  return { own, to, [Symbol.asyncDispose]: () => stack.dispose() }
}
