import { randomBytes } from 'node:crypto'
import { postgresLogin } from '@rekey/db-pool-rotator'
import { admitLogin, createOwnerRole } from '@rekey/db-pool-rotator/roles'
import { mariaDbPassword } from '@rekey/mariadb'
import { redisPassword } from '@rekey/redis'
import { NON_PRODUCTION_PREFIX, Secret, type SecretSpec } from '@rekey/secret'
import { findForTest, openMariaDb, openPostgres, openRedis } from '@rekey/testbed'
import { Redis as Ioredis } from 'ioredis'
import { createPool } from 'mysql2/promise'
import pg from 'pg'
import type { RotatorOrder } from './clients-rotator.ts'

/** The service, and its user at each server. */
export const USER = 'shop'

/** Makes a random password with the mark of development. */
export const newPassword = () => NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')

/** A real server with a user of a service. */
export interface Server extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** Its name, and its version as it is asked for that. */
  readonly version: string
  /** The secret of the service, by its name in the store, and others that its rotation reads. */
  readonly held: Readonly<Record<string, string>>
  readonly spec: SecretSpec
  /** The kind of the secret, and what the family declares of it. */
  readonly order: Pick<RotatorOrder, 'kind' | 'entry' | 'adminUrl'>
  /** How many connections of a client it has now; where it cannot be asked, the most of all clients since the last call. */
  connections(client: string): Promise<number>
}

export async function openPostgresServer(): Promise<Server> {
  const server = await openPostgres()
  const { host, port } = server
  const adminUrl = server.adminUrl.expose()
  const root = new pg.Client({ connectionString: adminUrl })
  await root.connect()
  const [login, first] = [`${USER}_g1`, newPassword()]
  await createOwnerRole(root, USER)
  await admitLogin(root, { ownerRole: USER, login, password: Secret.of(first, USER) })
  const { rows } = await root.query<{ server_version: string }>('show server_version')
  return {
    ...{ host, port, version: `PostgreSQL ${rows[0]?.server_version ?? ''}` },
    held: { DATABASE_SHOP: `postgresql://${login}:${first}@${host}:${port}/postgres` },
    spec: postgresLogin({ ownerRole: USER }),
    order: {
      ...{ kind: 'database', adminUrl },
      entry: { server: 'main', database: 'postgres', ownerRole: USER },
    },
    async connections(client) {
      const { rowCount } = await root.query(
        'select pid from pg_stat_activity where application_name = $1',
        [client],
      )
      return rowCount ?? 0
    },
    async [Symbol.asyncDispose]() {
      await root.end()
      await server.close()
    },
  }
}

export async function openRedisServer(): Promise<Server> {
  const { path } = await findForTest('redis-server')
  const [first, administrator] = [newPassword(), newPassword()]
  const rules = '+acl|getuser +acl|setuser +acl|save +client|kill'
  const server = await openRedis({
    program: path,
    users: {
      [USER]: { password: first, rules: '~* +@all -@admin' },
      rekey: { password: administrator, rules },
    },
  })
  const root = new Ioredis({ port: server.port, password: server.password.expose() })
  const [, version = ''] = /redis_version:(.*)/.exec(await root.info('server')) ?? []
  return {
    ...{ host: '127.0.0.1', port: server.port, version: `Redis ${version.trim()}` },
    held: { REDIS_SHOP: first, REDIS_ADMINISTRATOR: administrator },
    spec: redisPassword(),
    order: {
      kind: 'redis',
      entry: {
        ...{ user: USER, nodes: [`redis://127.0.0.1:${server.port}`] },
        administrator: { user: 'rekey', passwordName: 'REDIS_ADMINISTRATOR' },
      },
    },
    async connections(client) {
      const list = String(await root.call('CLIENT', 'LIST'))
      return list.split('\n').filter((line) => line.includes(` name=${client} `)).length
    },
    async [Symbol.asyncDispose]() {
      root.disconnect()
      await server.close()
    },
  }
}

export async function openMariaDbServer(): Promise<Server> {
  const { path } = await findForTest('mariadbd')
  const [first, administrator] = [newPassword(), newPassword()]
  const server = await openMariaDb({ program: path })
  const { host, port } = server
  const password = server.administrator.password.expose()
  const root = createPool({ host, port, user: server.administrator.user, password })
  await root.query(`create user ${USER}@'%' identified by ?`, [first])
  await root.query(`grant all on *.* to ${USER}@'%'`)
  for (const client of ['mysql2', 'mariadb']) await root.query(`create database ${client}`)
  await root.query("create user rekey@'%' identified by ?", [administrator])
  await root.query("grant create user, process, connection admin on *.* to rekey@'%'")
  await root.query("grant select on mysql.global_priv to rekey@'%'")
  const [rows] = await root.query('select version() as version')
  const [{ version = '' } = {}] = rows as { version?: string }[]
  return {
    ...{ host, port, version: `MariaDB ${version.split('-')[0] ?? ''}` },
    held: { MARIADB_SHOP: first, MARIADB_ADMINISTRATOR: administrator },
    spec: mariaDbPassword(),
    order: {
      kind: 'mariadb',
      entry: {
        ...{ user: USER, host: '%', server: { host, port } },
        administrator: { user: 'rekey', passwordName: 'MARIADB_ADMINISTRATOR' },
      },
    },
    async connections(client) {
      const sessions = 'select id from information_schema.processlist where db = ?'
      const [found] = await root.query(sessions, [client])
      return (found as unknown[]).length
    },
    async [Symbol.asyncDispose]() {
      await root.end()
      await server.close()
    },
  }
}
