import { compareClients, failureOf } from '@rekey/rotated-service'
import { findForTest, type Kafka, openKafka } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest'
import { kafkaJs, openFollowed, platformatic } from './kafka-load.support.ts'
import { administer, type KafkaAdmin, loginOf, openShop } from './kafka-shop.support.ts'

const { found, path } = await findForTest('kafka')
const TOPIC = 'orders'

describe.runIf(found)('the documented behaviour of clients of Kafka', () => {
  let kafka: Kafka
  let admin: KafkaAdmin
  let groups = 0
  beforeAll(async () => {
    kafka = await openKafka({ program: path })
    admin = await administer(kafka)
    await admin.createTopic(TOPIC)
  }, 100_000)
  afterAll(async () => {
    await admin.close()
    await kafka.close()
  })

  describe.each([
    // Members of its groups that change at the same time may stand still: README.md.
    ['@platformatic/kafka', platformatic, 1],
    ['kafkajs', kafkaJs, 2],
  ] as const)('%s', (name, library, members) => {
    /** Reads what is sent from now on: another group has read the topic before. */
    async function open(follows: boolean) {
      const shop = await openShop(kafka, admin)
      const got: string[] = []
      const mark = `${(groups += 1)} `
      const read = (value: string, key: string) => {
        if (value.startsWith(mark)) got.push(`${key}: ${value.slice(mark.length)}`)
      }
      const { broker } = kafka
      const group = `shop-${mark.trim()}`
      const { username, password } = loginOf(shop.value)
      const openPlain = async () => {
        const login = { username, password }
        const producer = await library.producer(broker, login)
        const consumers = await Promise.all(
          Array.from({ length: members }, () =>
            library.consumer(broker, login, group, read, () => undefined),
          ),
        )
        const close = () => Promise.all([producer, ...consumers].map((each) => each.close()))
        return { use: <T>(work: (client: typeof producer) => Promise<T>) => work(producer), close }
      }
      const opened = follows
        ? await openFollowed(library, shop.secret, { broker, group, members, read })
        : await openPlain()
      onTestFinished(async () => {
        // The user of a plain client has lost its rights by then.
        await opened.close().catch(() => undefined)
      })
      const send = (...messages: { key?: string; value: string }[]) =>
        opened.use((producer) =>
          producer.send(TOPIC, ...messages.map((each) => ({ ...each, value: mark + each.value }))),
        )
      return { shop, client: { current: { use: opened.use, got, send } } }
    }

    compareClients(name, {
      readme: new URL('../README.md', import.meta.url),
      open,
      cases: {
        async 'messages with keys are read by a group, in order for each key'({ current }) {
          const messages = Array.from({ length: 10 }, (_, n) => ({
            key: `k${n % 2}`,
            value: `${n}`,
          }))
          await current.send(...messages)
          await expect.poll(() => current.got).toHaveLength(10)
          return current.got.toSorted((a, b) => Number(a.slice(0, 2) > b.slice(0, 2)))
        },
        async 'messages during a rotation are sent and read'({ current, rotate }) {
          await rotate(async () => {
            for (let n = 0; n < 50; n += 1) await current.send({ value: `${n}` })
          })
          await expect.poll(() => new Set(current.got).size).toBe(50)
          return [...new Set(current.got)].sort()
        },
        async 'what a group has committed is not read again after a rotation'({ current, rotate }) {
          await current.send({ value: 'one' }, { value: 'two' })
          await expect.poll(() => current.got).toHaveLength(2)
          await rotate()
          await current.send({ value: 'three' })
          await expect.poll(() => current.got).toContain(': three')
          return current.got.toSorted()
        },
        'an administrative call': ({ current }) => current.use((client) => client.partitions()),
        'a topic without a right has its error': ({ current }) =>
          failureOf(() => current.use((client) => client.send('secret', { value: 'x' }))),
        async 'a producer that is closed refuses messages'({ current }) {
          await current.use((client) => client.close())
          return failureOf(() => current.send({ value: 'x' }))
        },
      },
    })
  })
})
