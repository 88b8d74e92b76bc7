import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { createMemoryStore } from '@rekey/config-loader/store'
import { createFleet, createMemoryJournal, rotate } from '@rekey/rekey/engine'
import { type LiveSecret, NON_PRODUCTION_PREFIX } from '@rekey/secret'
import type { RotationParts } from '@rekey/secret/internal/kind'
import { openRedis, type RedisOptions } from '@rekey/testbed'
import { Redis as Ioredis } from 'ioredis'
import { createClient } from 'redis'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { followIoredis, redisCredentials, redisPassword } from '../src/index.ts'
import { redisKind } from '../src/rotate/index.ts'

export const USER = 'shop'
const NAME = 'REDIS_SHOP'
const ADMINISTRATOR = 'REDIS_ADMINISTRATOR'
/** What the administrator of a family needs, and no more. */
export const LEAST = '+acl|getuser +acl|setuser +acl|save +client|kill +config|rewrite'

export const newPassword = () => NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')

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

export const ioredis: OpenClient = (port, secret) => {
  const client = new Ioredis({
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
  ioredis,
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
  const store = createMemoryStore({ [NAME]: first, [ADMINISTRATOR]: administrator })
  const definition = defineService({
    name: 'shop',
    settings: z.object({}),
    secrets: { redis: redisPassword() },
  })
  const service = await loadService(definition, {
    env: { REKEY_ENVIRONMENT: 'test' },
    source: store,
  })
  const health = await openHealthListener(service, { port: 0 })
  onTestFinished(async () => {
    await health.close()
    await service.close()
    for (const server of servers) await server.close()
  })
  const healthUrl = `http://127.0.0.1:${health.port}`
  const parts: RotationParts = {
    ...{ store, nonProduction: true, validationMs: 100, journal: 'store', pollMs: 20 },
    deadlineMs: 3_000,
    fleet: createFleet([{ service: 'shop', url: healthUrl, healthUrl }]),
    nameOf: () => '',
    sqlPool: () => {
      throw new Error('no database')
    },
  }
  const entry = {
    user: USER,
    nodes: servers.map(({ port }) => `redis://127.0.0.1:${port}`),
    administrator: { user: 'rekey', passwordName: ADMINISTRATOR },
  }
  const kindOf = (declared: Partial<typeof entry & { readonly trust: string }> = {}) =>
    redisKind.rotationOf({ name: NAME, parties: ['shop'], entry: { ...entry, ...declared } }, parts)
  const journal = createMemoryJournal()
  const kind = await kindOf()
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
    const client = await open(server.port, service.secrets.redis)
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
  const current = async () => (await store.read(NAME)).current.value.expose()
  const rotateOnce = (more: { compromised?: boolean } = {}) =>
    rotate(kind, { store, journal, ...more })
  return {
    ...{ servers, server, store, service, kind, kindOf, journal, first, accepts, startLoad },
    ...{ current, rotateOnce, asAdministrator, passwords },
  }
}
