import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Consumer, Producer, stringDeserializer, stringSerializers } from '@platformatic/kafka'
import type { Kafka } from '@rekey/testbed'
import { Kafka as KafkaJs, logLevel } from 'kafkajs'
import { onTestFinished } from 'vitest'
import { followKafka } from '../src/index.ts'
import type { Shop } from './kafka-shop.support.ts'

/** Sends an order, and has each order that arrives read. */
interface ShopClients {
  readonly send: (order: string) => Promise<unknown>
  readonly close: () => Promise<void>
}

/** What a library is used by: followed clients that send, and that read as a group. */
export type OpenClients = (
  shop: Shop,
  kafka: Kafka,
  read: (order: string) => void,
  /** How many consumers the group has. */
  members: number,
) => Promise<ShopClients>

const MECHANISM = 'SCRAM-SHA-512'
const TOPIC = 'orders'

/** Clients of `@platformatic/kafka`. */
export const openPlatformatic: OpenClients = async ({ secret }, { broker }, read, members) => {
  const options = { clientId: 'shop', bootstrapBrokers: [broker] }
  const producer = await followKafka(secret, {
    open: async (login) => {
      const opened = new Producer({
        ...{ ...options, sasl: { mechanism: MECHANISM, ...login } },
        serializers: stringSerializers,
      })
      await opened.metadata({ topics: [TOPIC] })
      return opened
    },
    close: (opened) => opened.close(),
  })
  const consumers = await openAll(members, () =>
    followKafka(secret, {
      async open(login, lost) {
        const opened = new Consumer({
          ...{ ...options, groupId: 'shop-platformatic', sasl: { mechanism: MECHANISM, ...login } },
          deserializers: { value: stringDeserializer },
        })
        const stream = await opened.consume({
          ...{ topics: [TOPIC], mode: 'committed', fallbackMode: 'earliest', autocommit: true },
        })
        stream.on('data', ({ value }) => {
          read(value)
        })
        stream.on('error', lost)
        opened.on('error', lost)
        return opened
      },
      close: (opened: { close(force: boolean): unknown }) => opened.close(true),
      closeFirst: true,
    }),
  )
  return {
    send: (value) =>
      producer.use((opened) => opened.send({ messages: [{ topic: TOPIC, value }], acks: -1 })),
    async close() {
      await producer.close()
      await consumers.close()
    },
  }
}

/** Clients of kafkajs. */
export const openKafkaJs: OpenClients = async ({ secret }, { broker }, read, members) => {
  const connectAs = (login: { username: string; password: string }) =>
    new KafkaJs({
      ...{ clientId: 'shop', brokers: [broker], logLevel: logLevel.NOTHING },
      sasl: { mechanism: 'scram-sha-512', ...login },
      reauthenticationThreshold: 1_000,
    })
  const producer = await followKafka(secret, {
    async open(login) {
      const opened = connectAs(login).producer()
      await opened.connect()
      return opened
    },
    close: (opened) => opened.disconnect(),
  })
  const consumers = await openAll(members, () =>
    followKafka(secret, {
      async open(login, lost) {
        const opened = connectAs(login).consumer({ groupId: 'shop-kafkajs' })
        await opened.connect()
        await opened.subscribe({ topics: [TOPIC], fromBeginning: true })
        opened.on(opened.events.CRASH, lost)
        await opened.run({
          eachMessage({ message }) {
            read(String(message.value))
            return Promise.resolve()
          },
        })
        return opened
      },
      close: (opened) => opened.disconnect(),
      closeFirst: true,
    }),
  )
  return {
    send: (value) =>
      producer.use((opened) => opened.send({ topic: TOPIC, acks: -1, messages: [{ value }] })),
    async close() {
      await producer.close()
      await consumers.close()
    },
  }
}

/** Opens so many of one. */
async function openAll(count: number, open: () => Promise<{ close(): Promise<void> }>) {
  const opened = await Promise.all(Array.from({ length: count }, open))
  return { close: () => Promise.all(opened.map((each) => each.close())) }
}

/** Sends orders all the time; counts those that the broker confirmed, those that failed, and what a consumer group read. */
export async function startLoad(
  openClients: OpenClients,
  shop: Shop,
  kafka: Kafka,
  { members = 1 } = {},
) {
  const [confirmed, got] = [new Set<string>(), new Map<string, number>()]
  const failures: string[] = []
  const read = (order: string) => got.set(order, (got.get(order) ?? 0) + 1)
  const clients = await openClients(shop, kafka, read, members)
  const over = new AbortController()
  const worker = async () => {
    while (!over.signal.aborted) {
      const order = randomUUID()
      try {
        await clients.send(order)
        confirmed.add(order)
      } catch (error) {
        failures.push(String(error))
        await delay(20)
      }
      await delay(5)
    }
  }
  const workers = Array.from({ length: 4 }, worker)
  const stop = async () => {
    over.abort()
    await Promise.all(workers)
  }
  let closing: Promise<void> | undefined
  const close = () => (closing ??= stop().then(() => clients.close()))
  onTestFinished(close)
  const missing = () => [...confirmed].filter((order) => !got.has(order)).length
  const duplicates = () => [...got.values()].filter((times) => times > 1).length
  return { confirmed, failures, missing, duplicates, stop, close }
}
