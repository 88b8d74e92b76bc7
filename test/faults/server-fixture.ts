import { createHash, randomBytes } from 'node:crypto'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { createMemoryStore } from '@rekey/config-loader/store'
import { followMysql2, mariaDbPassword } from '@rekey/mariadb'
import { mariaDbKind } from '@rekey/mariadb/rotate'
import { followAmqplib, rabbitMqLogin } from '@rekey/rabbitmq'
import { rabbitMqKind } from '@rekey/rabbitmq/rotate'
import { followIoredis, redisPassword } from '@rekey/redis'
import { redisKind } from '@rekey/redis/rotate'
import { createFleet, createMemoryJournal } from '@rekey/rekey/engine'
import {
  createFakeClock,
  type LiveSecret,
  NON_PRODUCTION_PREFIX,
  type SecretSpec,
} from '@rekey/secret'
import type { RotationParts } from '@rekey/secret/internal/kind'
import type { RotationKind } from '@rekey/secret/kind'
import { openMariaDb, openRabbitMq, openRedis } from '@rekey/testbed'
import { connect } from 'amqplib'
import { Redis as Ioredis } from 'ioredis'
import { createPool } from 'mysql2/promise'
import { z } from 'zod'
import { Background, type RotationFixture } from './rotation-fixture.ts'

export const USER = 'shop'
const LEASE_MS = 15_000

const newPassword = () => NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')

/** A server with a user, whose password is rotated. */
interface PasswordServer {
  readonly port: number
  /** The names in the store of both passwords. */
  readonly names: readonly [user: string, administrator: string]
  readonly spec: SecretSpec<string>
  /** Creates a rotation that calls the server at a port. */
  kindAt(port: number, parts: RotationParts): Promise<RotationKind>
  /** The first value of the secret. Default: the password. */
  readonly value?: string
  /** The password of the administrator that it has itself. */
  readonly administrator?: string
  /** Follows the password; calls the server once. */
  follow(secret: LiveSecret): { call(): Promise<unknown>; close(): Promise<unknown> }
  /** The digests of the passwords that the server accepts from the user, or the names of its users, and that of one value. */
  digests(password: string): Promise<readonly [accepted: readonly string[], own: string]>
  close(): Promise<void>
}

/** A shop that calls a server all the while, whose password an administrator changes over TCP. */
export async function openFixture(
  open: (first: string, administrator: string) => Promise<PasswordServer>,
): Promise<RotationFixture> {
  const [first, administrator] = [newPassword(), newPassword()]
  const server = await open(first, administrator)
  const [name, ofAdministrator] = server.names
  const value = server.value ?? first
  const store = createMemoryStore({
    [name]: value,
    [ofAdministrator]: server.administrator ?? administrator,
  })
  const secrets = { password: server.spec }
  const definition = defineService({ name: USER, settings: z.object({}), secrets })
  const env = { REKEY_ENVIRONMENT: 'test' }
  const service = await loadService(definition, { env, source: store })
  const health = await openHealthListener(service, { port: 0 })
  const client = server.follow(service.secrets.password)
  const load = new Background(() => client.call())
  const healthUrl = `http://127.0.0.1:${health.port}`
  const clock = createFakeClock()
  const journal = createMemoryJournal(clock)
  return {
    async rotator(mortal) {
      const kind = await server.kindAt(await mortal.proxy(server.port), {
        ...{ store: mortal.store(store), nonProduction: true, validationMs: 10, pollMs: 5 },
        fleet: createFleet([{ service: USER, url: '', healthUrl }], { fetch: mortal.fetch }),
        ...{ journal: 'store', nameOf: () => '' },
        sqlPool: () => {
          throw new Error('no database of PostgreSQL')
        },
      })
      const parts = { store: mortal.store(store), journal: mortal.journal(journal) }
      return { kind, options: { ...parts, leaseMs: LEASE_MS } }
    },
    expireLease: () => clock.advance(LEASE_MS + 1),
    async check(cutsOff) {
      const { current, pending, previous } = await store.read(name)
      if (pending ?? previous) throw new Error('a version is left over')
      const [accepted, own] = await server.digests(current.value.expose())
      const isAlone = accepted.length === 1 && accepted[0] === own
      if (!isAlone) throw new Error(`the server accepts ${accepted.length} passwords`)
      const failure = await load.failure()
      if (failure !== undefined && !cutsOff) throw failure
    },
    async close() {
      await load.stop()
      await client.close()
      await health.close()
      await service.close()
      await server.close()
    },
  }
}

/** A user of Redis, and a client of ioredis. */
export function openRedisFixture(program: string): Promise<RotationFixture> {
  return openFixture(async (first, password) => {
    const users = {
      [USER]: { password: first, rules: '~* +@all -@admin' },
      rekey: { password, rules: '+acl|getuser +acl|setuser +acl|save +client|kill' },
    }
    const server = await openRedis({ program, users })
    const root = new Ioredis({ port: server.port, password: server.password.expose() })
    return {
      ...{ port: server.port, names: ['REDIS_SHOP', 'REDIS_ADMINISTRATOR'] },
      spec: redisPassword(),
      kindAt: (port, parts) => {
        const administrator = { user: 'rekey', passwordName: 'REDIS_ADMINISTRATOR' }
        const entry = { user: USER, nodes: [`redis://127.0.0.1:${port}`], administrator }
        return redisKind.rotationOf({ name: 'REDIS_SHOP', parties: [USER], entry }, parts)
      },
      follow(secret) {
        const client = new Ioredis({
          port: server.port,
          lazyConnect: true,
          retryStrategy: () => 20,
        })
        const stop = followIoredis(client, secret, USER)
        client.on('error', () => undefined)
        const close = () => {
          stop()
          client.disconnect()
          return Promise.resolve()
        }
        return { call: () => client.incr('calls'), close }
      },
      async digests(text) {
        const user = (await root.call('ACL', 'GETUSER', USER)) as unknown[]
        const accepted = user[user.indexOf('passwords') + 1] as string[]
        return [accepted, createHash('sha256').update(text).digest('hex')]
      },
      async close() {
        root.disconnect()
        await server.close()
      },
    }
  })
}

/** An account of MariaDB, and a pool of mysql2. */
export function openMariaDbFixture(program: string): Promise<RotationFixture> {
  return openFixture(async (first, password) => {
    const server = await openMariaDb({ program })
    const { host, port, administrator } = server
    const login = { host, port, user: administrator.user }
    const root = createPool({ ...login, password: administrator.password.expose() })
    await root.query(`create user ${USER}@'%' identified by ?`, [first])
    await root.query("create user rekey@'%' identified by ?", [password])
    await root.query("grant create user, process, connection admin on *.* to rekey@'%'")
    await root.query("grant select on mysql.global_priv to rekey@'%'")
    return {
      ...{ port, names: ['MARIADB_SHOP', 'MARIADB_ADMINISTRATOR'] },
      spec: mariaDbPassword(),
      kindAt: (at, parts) => {
        const entry = {
          ...{ user: USER, host: '%', server: { host, port: at } },
          administrator: { user: 'rekey', passwordName: 'MARIADB_ADMINISTRATOR' },
        }
        return mariaDbKind.rotationOf({ name: 'MARIADB_SHOP', parties: [USER], entry }, parts)
      },
      follow(secret) {
        const pool = createPool({ host, port, connectionLimit: 2 })
        followMysql2(pool, secret, USER)
        return { call: () => pool.query('select 1'), close: () => pool.end() }
      },
      async digests(text) {
        const [rows] = await root.query(`show create user ${USER}@'%'`)
        const [statement = ''] = Object.values((rows as Record<string, string>[])[0] ?? {})
        const [[own = {}]] = (await root.query('select password(?) as kept', [
          text,
        ])) as unknown as [{ kept?: string }[]]
        return [statement.match(/\*[0-9A-F]{40}/g) ?? [], own.kept ?? '']
      },
      async close() {
        await root.end()
        await server.close()
      },
    }
  })
}

/** A user of RabbitMQ, and a connection of amqplib. */
export function openRabbitMqFixture(program: string): Promise<RotationFixture> {
  return openFixture(async (first) => {
    const broker = await openRabbitMq(program)
    await broker.ask('PUT', `/users/${USER}`, { password: first, tags: '' })
    const all = { configure: '.*', write: '.*', read: '.*' }
    await broker.ask('PUT', `/permissions/%2F/${USER}`, all)
    return {
      port: Number(new URL(broker.management).port),
      names: ['RABBITMQ_SHOP', 'RABBITMQ_ADMINISTRATOR'],
      spec: rabbitMqLogin(),
      value: `amqp://${USER}:${first}@${broker.host}:${broker.port}/`,
      administrator: broker.password.expose(),
      kindAt: (at, parts) => {
        const administrator = { user: broker.user, passwordName: 'RABBITMQ_ADMINISTRATOR' }
        const entry = { management: `http://127.0.0.1:${at}`, administrator }
        return rabbitMqKind.rotationOf({ name: 'RABBITMQ_SHOP', parties: [USER], entry }, parts)
      },
      follow(secret) {
        const opened = followAmqplib(secret, {
          async open(url) {
            const connection = await connect(url)
            const channel = await connection.createConfirmChannel()
            await channel.assertQueue('calls', { arguments: { 'x-max-length': 10 } })
            return { connection, channel }
          },
          finish: ({ channel }) => channel.waitForConfirms(),
        })
        return {
          async call() {
            const { channel } = (await opened).current
            await new Promise<void>((resolve, reject) => {
              channel.sendToQueue('calls', Buffer.from('call'), {}, (error) => {
                if (error === null) resolve()
                else reject(new Error('it was not confirmed'))
              })
            })
          },
          close: async () => (await opened).close(),
        }
      },
      async digests(text) {
        const users = (await broker.ask('GET', '/users')) as { name: string }[]
        const accepted = users.map(({ name }) => name).filter((name) => name.startsWith(USER))
        return [accepted, new URL(text).username]
      },
      close: () => broker.close(),
    }
  })
}
