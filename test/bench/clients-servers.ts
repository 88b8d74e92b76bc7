import { randomBytes } from 'node:crypto'
import { mariaDbPassword } from '@rekey/mariadb'
import { rabbitMqLogin } from '@rekey/rabbitmq'
import { redisPassword } from '@rekey/redis'
import { NON_PRODUCTION_PREFIX, type SecretSpec } from '@rekey/secret'
import { findForTest, openMariaDb, openRabbitMq, openRedis } from '@rekey/testbed'
import { Redis as Ioredis } from 'ioredis'
import { createPool } from 'mysql2/promise'
import type { RotatorOrder } from './clients-rotator.ts'

/** The service, and its user at each server. */
export const USER = 'shop'

const newPassword = () => NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')

/** A real server with a user of a service. */
export interface Server extends AsyncDisposable {
  /** The secret of the service, by its name in the store, and others that its rotation reads. */
  readonly held: Readonly<Record<string, string>>
  readonly spec: SecretSpec<string>
  /** The kind of the secret, and what the family declares of it. */
  readonly order: Pick<RotatorOrder, 'kind' | 'entry'>
  /** How many connections of the service it has now. */
  connections(): Promise<number>
}

export async function openRedisServer() {
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
  return {
    port: server.port,
    held: { REDIS_SHOP: first, REDIS_ADMINISTRATOR: administrator },
    spec: redisPassword(),
    order: {
      kind: 'redis',
      entry: {
        ...{ user: USER, nodes: [`redis://127.0.0.1:${server.port}`] },
        administrator: { user: 'rekey', passwordName: 'REDIS_ADMINISTRATOR' },
      },
    },
    async connections() {
      const list = String(await root.call('CLIENT', 'LIST'))
      return list.split('\n').filter((line) => line.includes(`user=${USER} `)).length
    },
    async [Symbol.asyncDispose]() {
      root.disconnect()
      await server.close()
    },
  }
}

export async function openMariaDbServer() {
  const { path } = await findForTest('mariadbd')
  const [first, administrator] = [newPassword(), newPassword()]
  const server = await openMariaDb({ program: path })
  const { host, port } = server
  const password = server.administrator.password.expose()
  const root = createPool({ host, port, user: server.administrator.user, password })
  await root.query(`create user ${USER}@'%' identified by ?`, [first])
  await root.query("create user rekey@'%' identified by ?", [administrator])
  await root.query("grant create user, process, connection admin on *.* to rekey@'%'")
  await root.query("grant select on mysql.global_priv to rekey@'%'")
  return {
    ...{ host, port },
    held: { MARIADB_SHOP: first, MARIADB_ADMINISTRATOR: administrator },
    spec: mariaDbPassword(),
    order: {
      kind: 'mariadb',
      entry: {
        ...{ user: USER, host: '%', server: { host, port } },
        administrator: { user: 'rekey', passwordName: 'MARIADB_ADMINISTRATOR' },
      },
    },
    async connections() {
      const [rows] = await root.query(
        'select id from information_schema.processlist where user = ?',
        [USER],
      )
      return (rows as unknown[]).length
    },
    async [Symbol.asyncDispose]() {
      await root.end()
      await server.close()
    },
  }
}

export async function openBroker() {
  const { path } = await findForTest('rabbitmq-server')
  const first = newPassword()
  const broker = await openRabbitMq(path)
  await broker.ask('PUT', `/users/${USER}`, { password: first, tags: '' })
  const all = { configure: '.*', write: '.*', read: '.*' }
  await broker.ask('PUT', `/permissions/%2F/${USER}`, all)
  return {
    held: {
      RABBITMQ_SHOP: `amqp://${USER}:${first}@${broker.host}:${broker.port}/`,
      RABBITMQ_ADMINISTRATOR: broker.password.expose(),
    },
    spec: rabbitMqLogin(),
    order: {
      kind: 'rabbitmq',
      entry: {
        management: broker.management,
        administrator: { user: broker.user, passwordName: 'RABBITMQ_ADMINISTRATOR' },
      },
    },
    async connections() {
      const users = (await broker.ask('GET', '/users')) as { name: string }[]
      const open = await Promise.all(
        users
          .filter(({ name }) => name.startsWith(USER))
          .map(({ name }) => broker.ask('GET', `/connections/username/${name}`)),
      )
      return open.flat().length
    },
    [Symbol.asyncDispose]: () => broker.close(),
  }
}
