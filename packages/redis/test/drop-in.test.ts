import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { compareClients, failureOf } from '@rekey/rotated-service'
import { findForTest } from '@rekey/testbed'
import { Redis as Ioredis } from 'ioredis'
import { createClient, defineScript } from 'redis'
import { describe, expect, onTestFinished } from 'vitest'
import { followIoredis, redisCredentials } from '../src/index.ts'
import { Ioredis5, openShop, USER } from './redis-shop.support.ts'

const redis = await findForTest('redis-server')
const readme = new URL('../README.md', import.meta.url)
const ADD = "return redis.call('incrby', KEYS[1], ARGV[1])"
const nothing = () => undefined

/** Ends all connections of the service. */
const cut = (shop: Awaited<ReturnType<typeof openShop>>) =>
  shop.asAdministrator((admin) => admin.client('KILL', 'USER', USER))

describe.runIf(redis.found)('the documented behaviour of clients of Redis', () => {
  async function openNodeRedis(follows: boolean) {
    const shop = await openShop(redis.path)
    const client = createClient({
      socket: { host: '127.0.0.1', port: shop.server.port, reconnectStrategy: 20 },
      ...(follows
        ? { credentialsProvider: redisCredentials(shop.secret, USER) }
        : { username: USER, password: shop.first }),
      scripts: {
        add: defineScript({
          ...{ SCRIPT: ADD, NUMBER_OF_KEYS: 1 },
          parseCommand(parser, key: string, by: number) {
            parser.pushKey(key)
            parser.push(String(by))
          },
          transformReply: (reply: number) => reply,
        }),
      },
    })
    client.on('error', nothing)
    await client.connect()
    onTestFinished(() => {
      if (client.isOpen) client.destroy()
    })
    return { shop, client: { current: Object.assign(client, { cut: () => cut(shop) }) } }
  }

  compareClients('node-redis', {
    ...{ readme, open: openNodeRedis },
    cases: {
      async 'commands have their replies'({ current }) {
        await current.set('text', 'a', { expiration: { type: 'EX', value: 60 } })
        await current.hSet('hash', { one: '1', two: '2' })
        return [await current.get('text'), await current.hGetAll('hash'), await current.get('none')]
      },
      async 'a transaction, and one whose key was changed'({ current }) {
        const replies = await current.multi().set('n', 1).incr('n').get('n').exec()
        await current.watch('n')
        const other = await current.duplicate().connect()
        await other.set('n', 5)
        other.destroy()
        return [replies, await failureOf(() => current.multi().incr('n').exec())]
      },
      'a pipeline during a rotation': ({ current, rotate }) =>
        rotate(() => Promise.all(Array.from({ length: 500 }, () => current.incr('n')))),
      async 'a subscriber goes on over a rotation'({ current, rotate }) {
        const heard: string[] = []
        const subscriber = await current.duplicate().connect()
        await subscriber.subscribe('news', (text) => heard.push(text))
        await subscriber.pSubscribe('n*', (text, channel) => heard.push(`${channel} ${text}`))
        await current.publish('news', 'one')
        await rotate(() => current.publish('news', 'two'))
        await current.publish('news', 'three')
        await expect.poll(() => heard).toHaveLength(6)
        subscriber.destroy()
        return heard
      },
      async 'a command that blocks goes on over a rotation'({ current, rotate }) {
        const blocked = await current.duplicate().connect()
        const popped = blocked.blPop('jobs', 20)
        await rotate(() => current.rPush('jobs', 'one'))
        const job = await popped
        await blocked.close()
        return job
      },
      'a script': async ({ current, rotate }) => [
        await current.add('n', 2),
        await rotate(() => current.add('n', 3)),
        await current.eval(ADD, { keys: ['n'], arguments: ['4'] }),
      ],
      async 'an iterator goes on over a rotation'({ current, rotate }) {
        await current.mSet(Array.from({ length: 200 }, (_, n): [string, string] => [`key${n}`, '']))
        const seen: string[] = []
        const iterator = current.scanIterator({ MATCH: 'key*', COUNT: 20 })
        await rotate(async () => {
          for await (const keys of iterator) seen.push(...keys)
        })
        return new Set(seen).size
      },
      'errors have the class of node-redis': async ({ current }) => {
        await current.set('text', 'a')
        const failures = [() => current.incr('text'), () => current.sendCommand(['NO'])]
        return Promise.all(failures.map(failureOf))
      },
      async 'a duplicate has a login too, also after a rotation'({ current, rotate }) {
        const copy = current.duplicate()
        copy.on('error', nothing)
        await copy.connect()
        await rotate()
        await current.cut()
        await expect.poll(() => copy.set('n', 7).catch(nothing)).toBe('OK')
        const value = await copy.get('n')
        copy.destroy()
        return value
      },
      async 'a client that is closed refuses commands'({ current }) {
        const last = current.set('n', 1)
        await current.close()
        return [await last, current.isOpen, await failureOf(() => current.get('n'))]
      },
      async 'a client that is destroyed rejects what waits'({ current }) {
        const waiting = failureOf(() => current.blPop('jobs', 0))
        current.destroy()
        return [await waiting, await failureOf(() => current.get('n'))]
      },
    },
  })

  describe.each([
    ['ioredis 6', Ioredis],
    ['ioredis 5', Ioredis5],
  ] as const)('%s', (name, Client) => {
    async function open(follows: boolean) {
      const shop = await openShop(redis.path)
      const client = new Client({
        ...{ host: '127.0.0.1', port: shop.server.port, lazyConnect: true },
        ...(!follows && { username: USER, password: shop.first }),
        ...{ retryStrategy: () => 20, scripts: { add: { numberOfKeys: 1, lua: ADD } } },
      })
      const stop = follows ? followIoredis(client, shop.secret, USER) : nothing
      client.on('error', nothing)
      await client.connect()
      onTestFinished(() => {
        stop()
        client.disconnect()
      })
      const copy = (): Ioredis => {
        const made = client.duplicate()
        made.on('error', nothing)
        onTestFinished(() => {
          made.disconnect()
        })
        return made
      }
      const add = (by: number) =>
        (client as unknown as { add(key: string, by: number): Promise<number> }).add('n', by)
      const more = { cut: () => cut(shop), copy, plus: add }
      return { shop, client: { current: Object.assign(client, more) } }
    }

    compareClients(name, {
      ...{ readme, open },
      cases: {
        async 'commands have their replies'({ current }) {
          await current.set('text', 'a', 'EX', 60)
          await current.hset('hash', { one: '1', two: '2' })
          return [await current.get('text'), await current.hgetall('hash'), await current.get('no')]
        },
        async 'a transaction without a pipeline goes on over a rotation'({ current, rotate }) {
          await current.multi({ pipeline: false })
          await current.set('n', 1)
          return rotate(async () => {
            await current.incr('n')
            await delay(100)
            return current.exec()
          })
        },
        async 'a transaction, and one whose key was changed'({ current }) {
          const replies = await current.multi().set('n', 1).incr('n').get('n').exec()
          await current.watch('n')
          await current.copy().set('n', 5)
          return [replies, await current.multi().incr('n').exec()]
        },
        'a pipeline during a rotation': ({ current, rotate }) =>
          rotate(() => {
            const pipeline = current.pipeline()
            for (let n = 0; n < 500; n += 1) pipeline.incr('n')
            return pipeline.exec()
          }),
        async 'a subscriber goes on over a rotation'({ current, rotate }) {
          const heard: string[] = []
          const publisher = current.copy()
          current.on('message', (channel: string, text: string) => heard.push(`${channel} ${text}`))
          await current.subscribe('news')
          await publisher.publish('news', 'one')
          await rotate()
          await expect.poll(() => publisher.publish('news', 'two')).toBe(1)
          await expect.poll(() => heard).toHaveLength(2)
          return heard
        },
        async 'a command that blocks goes on over a rotation'({ current, rotate }) {
          const popped = current.blpop('jobs', 20)
          const other = current.copy()
          await rotate(() => other.rpush('jobs', 'one'))
          return popped
        },
        'a script': async ({ current, rotate }) => [
          await current.plus(2),
          await rotate(() => current.plus(3)),
          await current.eval(ADD, 1, 'n', 4),
        ],
        async 'a stream of keys goes on over a rotation'({ current, rotate }) {
          await current.mset(Array.from({ length: 200 }, (_, n) => [`key${n}`, '']).flat())
          const stream = current.scanStream({ match: 'key*', count: 20 })
          const seen = await rotate(() => stream.toArray())
          return new Set((seen as string[][]).flat()).size
        },
        async 'errors have the class of ioredis'({ current }) {
          await current.set('text', 'a')
          const failures = [() => current.incr('text'), () => current.call('NO')]
          return Promise.all(failures.map(failureOf))
        },
        async 'a duplicate has a login too, also after a rotation'({ current, rotate }) {
          const copy = current.copy()
          await copy.set('n', 6)
          await rotate()
          await current.cut()
          return copy.get('n')
        },
        async 'a client that has quit refuses commands'({ current }) {
          const [last, end] = [current.set('n', 1), once(current, 'end')]
          const ended = [await last, await current.quit(), await end]
          return [ended, await failureOf(() => current.get('n'))]
        },
      },
    })
  })
})
