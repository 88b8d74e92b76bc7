import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { createMemoryStore } from '@rekey/config-loader/store'
import { createFleet, createMemoryJournal, rotate } from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { NON_PRODUCTION_PREFIX } from '@rekey/secret'
import type { RotationParts } from '@rekey/secret/internal/kind'
import { openTrustedFetch } from '@rekey/secret/trust'
import type { RabbitMq } from '@rekey/testbed'
import { connect } from 'amqplib'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { followAmqplib, rabbitMqLogin } from '../src/index.ts'
import { rabbitMqKind } from '../src/rotate/index.ts'

const NAME = 'RABBITMQ_SHOP'
const ADMINISTRATOR = 'RABBITMQ_ADMINISTRATOR'
const ALL = { configure: '.*', write: '.*', read: '.*' }

export const newPassword = () => NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')

interface ShopOptions {
  readonly tags?: string
  /** The address of the broker for the service, if not its own. */
  readonly at?: string
  /** PEM of the roots of that address. */
  readonly ca?: string
}

/** A service with a user at a broker, and the rotation of its login. */
export async function openShop(broker: RabbitMq, { tags = '', at = '', ca }: ShopOptions = {}) {
  const [user, password] = ['shop', newPassword()]
  const place = new URL(at === '' ? `amqp://${broker.host}:${broker.port}/` : at)
  const url = `${place.protocol}//${user}:${password}@${place.host}/`
  const socket = ca === undefined ? {} : { ca: [ca] }
  await broker.ask('PUT', `/users/${user}`, { password, tags })
  await broker.ask('PUT', `/permissions/%2F/${user}`, ALL)
  const store = createMemoryStore({ [NAME]: url, [ADMINISTRATOR]: broker.password.expose() })
  const secrets = { broker: rabbitMqLogin() }
  const definition = defineService({ name: 'shop', settings: z.object({}), secrets })
  const env = { REKEY_ENVIRONMENT: 'test' }
  const service = await loadService(definition, { env, source: store })
  const health = await openHealthListener(service, { port: 0 })
  const users = async () => {
    const all = (await broker.ask('GET', '/users')) as { name: string }[]
    return all.map(({ name }) => name).filter((name) => name.startsWith('shop'))
  }
  onTestFinished(async () => {
    await health.close()
    await service.close()
    for (const name of await users()) await broker.ask('DELETE', `/users/${name}`)
  })
  const healthUrl = `http://127.0.0.1:${health.port}`
  const parts: RotationParts = {
    ...{ store, nonProduction: true, validationMs: 100, journal: 'store', pollMs: 50 },
    deadlineMs: 20_000,
    fleet: createFleet([{ service: 'shop', url: healthUrl, healthUrl }]),
    async fetchTrusting(roots) {
      const trusting = await openTrustedFetch(roots)
      onTestFinished(() => trusting[Symbol.asyncDispose]())
      return trusting.fetch
    },
    nameOf: () => '',
    sqlPool: () => {
      throw new Error('no database')
    },
  }
  const entry = {
    management: broker.management,
    administrator: { user: broker.user, passwordName: ADMINISTRATOR },
  }
  const kindOf = (
    declared: Partial<typeof entry & { readonly trust: string }> = {},
    more: Partial<RotationParts> = {},
  ) =>
    rabbitMqKind.rotationOf(
      { name: NAME, parties: ['shop'], entry: { ...entry, ...declared } },
      { ...parts, ...more },
    )
  const journal = createMemoryJournal()
  const run = async (
    more: {
      compromised?: boolean
      onEvent?: (event: RotationEvent) => Promise<void>
      parts?: Partial<RotationParts>
    } = {},
  ) => {
    const { parts: changed, ...options } = more
    return rotate(await kindOf({}, changed), { store, journal, ...options })
  }
  const current = async () => (await store.read(NAME)).current.value.expose()
  const accepts = async (login: string) => {
    try {
      await (await connect(login, socket)).close()
      return true
    } catch (error) {
      if (error instanceof Error && error.message.includes('ACCESS-REFUSED')) return false
      throw error
    }
  }
  /** A connection with a channel and a queue, that follows the login. */
  const follow = () =>
    followAmqplib(service.secrets.broker, {
      async open(login) {
        const connection = await connect(login, {
          ...socket,
          clientProperties: { connection_name: 'shop-1' },
        })
        const channel = await connection.createConfirmChannel()
        await channel.assertQueue('orders', { durable: true })
        return { connection, channel }
      },
      finish: ({ channel }) => channel.waitForConfirms(),
    })
  return { store, service, kindOf, journal, run, current, accepts, follow, users, url }
}

type Shop = Awaited<ReturnType<typeof openShop>>

/** Sends orders all the time; counts those that the broker confirmed, and those that failed. */
export async function startLoad(shop: Shop) {
  const client = await shop.follow()
  const counts = { confirmed: 0, failed: 0 }
  const over = new AbortController()
  const worker = async () => {
    while (!over.signal.aborted) {
      try {
        const { channel } = client.current
        await new Promise<void>((resolve, reject) => {
          channel.sendToQueue('orders', Buffer.from('order'), {}, (error: unknown) => {
            if (error === null) resolve()
            else reject(new Error('the order was not confirmed'))
          })
        })
        counts.confirmed += 1
      } catch {
        counts.failed += 1
        await delay(20)
      }
      await delay(1)
    }
  }
  const workers = Array.from({ length: 4 }, worker)
  const stop = async () => {
    over.abort()
    await Promise.all(workers)
    await client.close()
  }
  onTestFinished(stop)
  return { client, counts, stop }
}
