import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { compareClients, failureOf } from '@rekey/rotated-service'
import { findForTest, openRabbitMq, type RabbitMq } from '@rekey/testbed'
import { type ConfirmChannel, connect, type GetMessage } from 'amqplib'
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest'
import { followAmqplib } from '../src/index.ts'
import { openShop } from './rabbitmq-shop.support.ts'

const { found, path } = await findForTest('rabbitmq-server')
const QUEUES = ['orders', 'jobs']
const textOf = (message: GetMessage | false) => message && message.content.toString()
const send = (channel: ConfirmChannel, ...texts: string[]) => {
  for (const text of texts) channel.sendToQueue('orders', Buffer.from(text))
  return channel.waitForConfirms()
}

describe.runIf(found)('the documented behaviour of amqplib', () => {
  let broker: RabbitMq
  let users = 0
  beforeAll(async () => {
    broker = await openRabbitMq(path)
  }, 100_000)
  afterAll(() => broker.close())

  async function open(follows: boolean) {
    for (const queue of QUEUES)
      await broker.ask('DELETE', `/queues/%2F/${queue}`).catch(() => undefined)
    const shop = await openShop(broker, { user: `shop${(users += 1)}` })
    const consumed: string[] = []
    /** A channel, and a consumer of `jobs`. */
    const openClient = async (url: string) => {
      const connection = await connect(url)
      connection.on('error', () => undefined)
      onTestFinished(() => connection.close().catch(() => undefined))
      const channel = await connection.createConfirmChannel()
      channel.on('error', () => undefined)
      await channel.prefetch(5)
      await channel.assertQueue('orders')
      await channel.assertQueue('jobs')
      await channel.consume('jobs', (message) => {
        if (message === null) return
        consumed.push(message.content.toString())
        channel.ack(message)
      })
      return { connection, channel, consumed }
    }
    if (!follows) return { shop, client: { current: await openClient(shop.url) } }
    const client = await followAmqplib(shop.secret, {
      open: openClient,
      finish: ({ channel }) => channel.waitForConfirms(),
    })
    onTestFinished(() => client.close())
    return { shop, client }
  }

  compareClients('amqplib', {
    readme: new URL('../README.md', import.meta.url),
    open,
    cases: {
      async 'a message is sent, confirmed, got and acknowledged'({ current: { channel } }) {
        const options = { contentType: 'text/plain', headers: { a: 1 }, persistent: true }
        const confirmed = await new Promise((resolve) => {
          channel.sendToQueue('orders', Buffer.from('one'), options, resolve)
        })
        const message = await channel.get('orders')
        if (message !== false) channel.ack(message)
        return [
          confirmed,
          textOf(message),
          message && message.properties,
          await channel.get('orders'),
        ]
      },
      async 'a message that is refused comes again'({ current: { channel } }) {
        await send(channel, 'one')
        const first = await channel.get('orders')
        if (first !== false) channel.nack(first, false, true)
        const again = await channel.get('orders')
        return [textOf(first), textOf(again), again && again.fields.redelivered]
      },
      async 'no more messages come than are prefetched'({ current: { channel } }) {
        const seen: string[] = []
        await channel.prefetch(2)
        const { consumerTag } = await channel.consume('orders', (message) => {
          if (message !== null) seen.push(message.content.toString())
        })
        await send(channel, 'one', 'two', 'three')
        await expect.poll(() => seen).toHaveLength(2)
        await channel.cancel(consumerTag)
        return [seen, textOf(await channel.get('orders'))]
      },
      async 'messages are sent during a rotation, and none is lost'(client) {
        await client.rotate(async () => {
          for (let n = 0; n < 100; n += 1) await send(client.current.channel, `order ${n}`)
        })
        return client.current.channel.checkQueue('orders')
      },
      async 'a consumer goes on over a rotation'(client) {
        const { consumed } = client.current
        const add = (text: string) => client.current.channel.sendToQueue('jobs', Buffer.from(text))
        add('one')
        await expect.poll(() => consumed).toEqual(['one'])
        await client.rotate(async () => {
          for (let n = 0; n < 30; n += 1) await delay(10, add(`order ${n}`))
        })
        add('last')
        await expect.poll(() => new Set(consumed).size).toBe(32)
        return [...new Set(consumed)].sort()
      },
      async 'an exchange routes by its bindings'({ current: { channel } }) {
        await channel.assertExchange('news', 'topic', { durable: false })
        await channel.bindQueue('orders', 'news', 'a.*')
        channel.publish('news', 'a.b', Buffer.from('one'))
        channel.publish('news', 'b.b', Buffer.from('two'))
        await channel.waitForConfirms()
        await channel.unbindQueue('orders', 'news', 'a.*')
        await channel.deleteExchange('news')
        return channel.purgeQueue('orders')
      },
      async 'a message without a queue is returned'({ current: { channel } }) {
        const returned = once(channel, 'return')
        channel.publish('', 'nowhere', Buffer.from('one'), { mandatory: true })
        const [{ fields }] = (await returned) as [{ fields: { replyCode: number } }]
        return fields.replyCode
      },
      async 'an assertion that does not hold closes its channel, with a code'({ current }) {
        const { channel, connection } = current
        const error = once(channel, 'error').then(([failure]) =>
          failureOf(() => Promise.reject(failure as Error)),
        )
        const assertion = await failureOf(() => channel.assertQueue('orders', { durable: false }))
        const after = await failureOf(() => channel.checkQueue('orders'))
        const other = await connection.createChannel()
        const absent = await failureOf(() => other.checkQueue('nowhere'))
        return [assertion, await error, after, absent]
      },
      async 'a connection that the service has closed'(client) {
        const { connection } = client.current
        const closed = once(connection, 'close')
        await connection.close()
        const details = await closed
        await delay(1_000)
        const isAnother = client.current.connection !== connection
        return [details, await failureOf(() => connection.createChannel()), isAnother]
      },
      async 'a channel that is kept over a rotation'({ current: { channel }, rotate }) {
        await rotate()
        return failureOf(() => send(channel, 'one'))
      },
      async 'a message that is acknowledged after a rotation'(client) {
        const { channel } = client.current
        await send(channel, 'one')
        const message = await channel.get('orders')
        await client.rotate()
        await failureOf(() => {
          channel.ack(message as GetMessage)
        })
        return textOf(await client.current.channel.get('orders'))
      },
      async 'an exclusive queue, after a rotation'(client) {
        const { queue } = await client.current.channel.assertQueue('', { exclusive: true })
        await client.rotate()
        const channel = await client.current.connection.createChannel()
        channel.on('error', () => undefined)
        return failureOf(async () => (await channel.checkQueue(queue)).messageCount)
      },
    },
  })
})
