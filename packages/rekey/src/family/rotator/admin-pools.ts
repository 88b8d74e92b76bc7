import { DisposalStack, type SecretStore } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import type { AdminSqlPool } from '@rekey/secret/internal/kind'
import { type DatabaseCredentials, parseDatabaseUrl, createPool } from '@rekey/db-pool-rotator'
import {
  createClusterPool,
  LivePassword,
  parseEndpoint,
} from '@rekey/db-pool-rotator/internal/connection'
import { noLoginAt, type UsedServer } from '../family-secrets.ts'

/** The rotator's connections: one small pool for each database of each server. */
export interface AdminPools extends AsyncDisposable {
  /** To a database of a server. Default: the one that the rotator's login there names. */
  readonly to: (server: string, database?: string) => AdminSqlPool
}

/** Reads the rotator's login at each server. @throws {SecretError} as `read`, `parseDatabaseUrl` and `createPool` */
export async function openAdminPools(
  store: SecretStore,
  servers: readonly UsedServer[],
): Promise<AdminPools> {
  const logins = new Map<string, ServerLogin>()
  for (const { server, admin, standbys } of servers) {
    const { current } = await store.read(admin)
    const login = parseDatabaseUrl(current.value.expose())
    const live = new LivePassword(login.password, () => passwordsIn(store, admin, login))
    logins.set(server, { ...login, live, standbys })
  }
  const loginAt = (server: string): ServerLogin => {
    const login = logins.get(server)
    if (login !== undefined) return login
    throw noLoginAt(server)
  }
  const pools = new Map<string, AdminSqlPool>()
  const stack = new DisposalStack()
  const to = (server: string, named?: string) => {
    const login = loginAt(server)
    const database = named ?? login.database
    const key = JSON.stringify([server, database])
    const known = pools.get(key)
    if (known !== undefined) return known
    const pool = openAdminPool({ ...login, database })
    pools.set(key, pool)
    stack.defer(() => pool.end(), `connections to ${database} at ${server}`)
    return pool
  }
  return { to, [Symbol.asyncDispose]: () => stack.dispose() }
}

/** The rotator's login at a server, and `HOST:PORT` of the standbys that have it too. */
interface ServerLogin extends DatabaseCredentials {
  readonly live: LivePassword
  readonly standbys: readonly string[]
}

function openAdminPool({ standbys, live, ...login }: ServerLogin) {
  const options = { applicationName: 'rekey', catalogOnly: true, live }
  if (standbys.length === 0) return live.follow(createPool(login, options))
  const others = standbys.map((standby) => ({ ...login, ...parseEndpoint(standby) }))
  return live.follow(createClusterPool([login, ...others], options))
}

/** The passwords of a login that the store has, of all stages. */
async function passwordsIn(store: SecretStore, name: string, { user }: DatabaseCredentials) {
  const all = liveVersions(await store.read(name)).map(({ value }) => {
    return parseDatabaseUrl(value.expose())
  })
  return all.filter((login) => login.user === user).map(({ password }) => password)
}
