import { setTimeout as delay } from 'node:timers/promises'
import { newPassword, openRotatedService } from '@rekey/rotated-service'
import type { LiveSecret } from '@rekey/secret'
import { openRedis, type RedisOptions } from '@rekey/testbed'
import { Redis as Ioredis } from 'ioredis'
import { Redis as OlderRedis } from 'ioredis-5'
import { createClient } from 'redis'
import { onTestFinished } from 'vitest'
import { followIoredis, type IoredisClient, redisCredentials, redisPassword } from '../src/index.ts'
import { redisKind } from '../src/rotate/index.ts'

export const USER = 'shop'
const ADMINISTRATOR = 'REDIS_ADMINISTRATOR'
/** What the administrator of a family needs, and no more. */
export const LEAST = '+acl|getuser +acl|setuser +acl|save +client|kill +config|rewrite'

/** Sends commands again and again; counts those that fail. */
export interface Load {
  readonly counts: { done: number; failed: number }
  readonly failures: string[]
  stop(): Promise<void>
}

/** A client of a library, opened with the credentials that it follows. */
type OpenClient = (
  port: number,
  secret: LiveSecret,
) => Promise<{ incr(key: string): Promise<unknown>; close(): void }>

/** ioredis 5, used through the types of 6. */
export const Ioredis5 = OlderRedis satisfies new () => IoredisClient as unknown as typeof Ioredis

const openerOf =
  (Client: typeof Ioredis): OpenClient =>
  (port, secret) => {
    const client = new Client({
      ...{ host: '127.0.0.1', port, lazyConnect: true },
      retryStrategy: () => 20,
    })
    const stop = followIoredis(client, secret, USER)
    client.on('error', () => undefined)
    const close = () => {
      stop()
      client.disconnect()
    }
    return Promise.resolve({ incr: (key: string) => client.incr(key), close })
  }

export const ioredis = openerOf(Ioredis)

export const CLIENTS: Readonly<Record<string, OpenClient>> = {
  async 'node-redis'(port, secret) {
    const client = createClient({
      socket: { host: '127.0.0.1', port, reconnectStrategy: 20 },
      credentialsProvider: redisCredentials(secret, USER),
    })
    client.on('error', () => undefined)
    await client.connect()
    const close = () => {
      client.destroy()
    }
    return { incr: (key) => client.incr(key), close }
  },
  'ioredis 6': ioredis,
  'ioredis 5': openerOf(Ioredis5),
}

interface ShopOptions extends Partial<RedisOptions> {
  /** How many servers there are. Default 1. */
  readonly nodes?: number
  readonly rules?: string
}

/** A service with a password at Redis, and the rotation of that password. */
export async function openShop(program: string, options: ShopOptions = {}) {
  const { nodes = 1, rules = LEAST, ...more } = options
  const [first, administrator] = [newPassword(), newPassword()]
  const users = {
    [USER]: { password: first, rules: '~* &* +@all -@admin' },
    rekey: { password: administrator, rules },
  }
  const servers = await Promise.all(
    Array.from({ length: nodes }, () => openRedis({ program, users, ...more })),
  )
  onTestFinished(async () => {
    for (const server of servers) await server.close()
  })
  const entry = {
    user: USER,
    nodes: servers.map(({ port }) => `redis://127.0.0.1:${port}`),
    administrator: { user: 'rekey', passwordName: ADMINISTRATOR },
  }
  const rotated = await openRotatedService({
    ...{ kind: redisKind, spec: redisPassword(), entry, value: first },
    held: { [ADMINISTRATOR]: administrator },
  })
  const [server] = servers as [(typeof servers)[number]]

  /** Whether a server accepts a password now. */
  const accepts = async (password: string, { port } = server) => {
    const client = new Ioredis({
      ...{ host: '127.0.0.1', port, username: USER, password, lazyConnect: true },
      ...{ retryStrategy: () => null },
    })
    const refusals: string[] = []
    client.on('error', ({ message }) => refusals.push(message))
    const answer = await client.connect().then(
      () => true,
      () => false,
    )
    client.disconnect()
    if (!answer && !refusals.some((message) => message.startsWith('WRONGPASS'))) {
      throw new Error('no verdict')
    }
    return answer
  }
  const asAdministrator = async <T>(work: (client: Ioredis) => Promise<T>): Promise<T> => {
    const client = new Ioredis({ port: server.port, password: server.password.expose() })
    try {
      return await work(client)
    } finally {
      client.disconnect()
    }
  }
  /** How many passwords the user has at the server. */
  const passwords = () =>
    asAdministrator(async (client) => {
      const user = (await client.call('ACL', 'GETUSER', USER)) as unknown[]
      return (user[user.indexOf('passwords') + 1] as unknown[]).length
    })
  const startLoad = async (open: OpenClient): Promise<Load> => {
    const client = await open(server.port, rotated.secret)
    const counts = { done: 0, failed: 0 }
    const failures: string[] = []
    let isOver = false
    const workers = Array.from({ length: 6 }, async () => {
      while (!isOver) {
        await client.incr('calls').then(
          () => (counts.done += 1),
          (error: unknown) => {
            counts.failed += 1
            failures.push(String(error))
          },
        )
        await delay(1)
      }
    })
    const stop = async () => {
      isOver = true
      await Promise.all(workers)
      client.close()
    }
    onTestFinished(stop)
    return { counts, failures, stop }
  }
  return { ...rotated, servers, server, first, accepts, startLoad, asAdministrator, passwords }
}
