import { setTimeout as delay } from 'node:timers/promises'
import { newPassword, openRotatedService } from '@rekey/rotated-service'
import { openTrustedFetch } from '@rekey/secret/trust'
import type { RabbitMq } from '@rekey/testbed'
import { connect } from 'amqplib'
import { onTestFinished } from 'vitest'
import { followAmqplib, rabbitMqLogin } from '../src/index.ts'
import { rabbitMqKind } from '../src/rotate/index.ts'

const ADMINISTRATOR = 'RABBITMQ_ADMINISTRATOR'
const ALL = { configure: '.*', write: '.*', read: '.*' }

interface ShopOptions {
  /** Default: `shop`. */
  readonly user?: string
  readonly tags?: string
  /** The address of the broker for the service, if not its own. */
  readonly at?: string
  /** PEM of the roots of that address. */
  readonly ca?: string
}

/** A service with a user at a broker, and the rotation of its login. */
export async function openShop(broker: RabbitMq, options: ShopOptions = {}) {
  const { user = 'shop', tags = '', at = '', ca } = options
  const password = newPassword()
  const place = new URL(at === '' ? `amqp://${broker.host}:${broker.port}/` : at)
  const url = `${place.protocol}//${user}:${password}@${place.host}/`
  const socket = ca === undefined ? {} : { ca: [ca] }
  await broker.ask('PUT', `/users/${user}`, { password, tags })
  await broker.ask('PUT', `/permissions/%2F/${user}`, ALL)
  const users = async () => {
    const all = (await broker.ask('GET', '/users')) as { name: string }[]
    return all.map(({ name }) => name).filter((name) => name.startsWith('shop'))
  }
  const entry = {
    management: broker.management,
    administrator: { user: broker.user, passwordName: ADMINISTRATOR },
  }
  const rotated = await openRotatedService({
    ...{ kind: rabbitMqKind, spec: rabbitMqLogin(), entry, value: url },
    held: { [ADMINISTRATOR]: broker.password.expose() },
    parts: {
      ...{ pollMs: 50, deadlineMs: 20_000 },
      async fetchTrusting(roots) {
        const trusting = await openTrustedFetch(roots)
        onTestFinished(() => trusting[Symbol.asyncDispose]())
        return trusting.fetch
      },
    },
  })
  onTestFinished(async () => {
    for (const name of await users()) await broker.ask('DELETE', `/users/${name}`)
  })
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
    followAmqplib(rotated.secret, {
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
  return { ...rotated, accepts, follow, users, url }
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
