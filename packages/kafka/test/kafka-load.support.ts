import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import type { Kafka } from '@rekey/testbed'
import { Kafka as KafkaJs, logLevel } from 'kafkajs'
import { onTestFinished } from 'vitest'
import { followKafka, type KafkaLogin } from '../src/index.ts'
import type { Shop } from './kafka-shop.support.ts'

/** One of the libraries, as the tests use it: with one login each. */
export interface Library {
  readonly producer: (
    broker: string,
    login: KafkaLogin,
  ) => Promise<{
    send(topic: string, ...messages: readonly Message[]): Promise<unknown>
    /** Names of partitions, by an administrative call. */
    partitions(): Promise<unknown>
    close(): Promise<unknown>
  }>
  readonly consumer: (
    broker: string,
    login: KafkaLogin,
    group: string,
    read: Read,
    lost: () => void,
  ) => Promise<{ close(): unknown }>
}

interface Message {
  readonly key?: string
  readonly value: string
}

/** Gets each order that arrives. */
type Read = (value: string, key: string) => void

const MECHANISM = 'SCRAM-SHA-512'
const TOPIC = 'orders'

export const platformatic: Library = {
  async producer(broker, login) {
    const producer = new Producer({
      ...{ clientId: 'shop', bootstrapBrokers: [broker] },
      ...{ sasl: { mechanism: MECHANISM, ...login }, serializers: stringSerializers },
    })
    await producer.metadata({ topics: [TOPIC] })
    return {
      send: (topic, ...messages) =>
        producer.send({ acks: -1, messages: messages.map((each) => ({ topic, ...each })) }),
      partitions: async () =>
        [...(await producer.metadata({ topics: [TOPIC] })).topics].map(([name, topic]) => [
          ...[name, topic.partitionsCount],
        ]),
      close: () => producer.close(),
    }
  },
  async consumer(broker, login, groupId, read, lost) {
    const consumer = new Consumer({
      ...{ clientId: 'shop', bootstrapBrokers: [broker], groupId },
      sasl: { mechanism: MECHANISM, ...login },
      deserializers: stringDeserializers,
    })
    const stream = await consumer.consume({
      ...{ topics: [TOPIC], mode: 'committed', fallbackMode: 'earliest', autocommit: true },
    })
    stream.on('data', ({ key, value }: { key?: string; value: string }) => {
      read(value, key ?? '')
    })
    stream.on('error', lost)
    consumer.on('error', lost)
    return { close: () => (consumer as { close(force: boolean): unknown }).close(true) }
  },
}

function kafkaJsAs(broker: string, login: KafkaLogin): KafkaJs {
  return new KafkaJs({
    ...{ clientId: 'shop', brokers: [broker], logLevel: logLevel.NOTHING },
    sasl: { mechanism: 'scram-sha-512', ...login },
    reauthenticationThreshold: 1_000,
  })
}

export const kafkaJs: Library = {
  async producer(broker, login) {
    const client = kafkaJsAs(broker, login)
    const producer = client.producer()
    await producer.connect()
    return {
      send: (topic, ...messages) => producer.send({ topic, acks: -1, messages: [...messages] }),
      async partitions() {
        const admin = client.admin()
        await admin.connect()
        const { topics } = await admin.fetchTopicMetadata({ topics: [TOPIC] })
        await admin.disconnect()
        return topics.map(({ name, partitions }) => [name, partitions.length])
      },
      close: () => producer.disconnect(),
    }
  },
  async consumer(broker, login, groupId, read, lost) {
    const consumer = kafkaJsAs(broker, login).consumer({ groupId })
    await consumer.connect()
    await consumer.subscribe({ topics: [TOPIC], fromBeginning: true })
    consumer.on(consumer.events.CRASH, lost)
    await consumer.run({
      eachMessage({ message }) {
        read(String(message.value), String(message.key ?? ''))
        return Promise.resolve()
      },
    })
    return { close: () => consumer.disconnect() }
  },
}

/** Clients of a library that follow the login: a producer, and so many consumers of one group. */
export async function openFollowed(
  library: Library,
  secret: Shop['secret'],
  { broker, group, members, read }: { broker: string; group: string; members: number; read: Read },
) {
  const producer = await followKafka(secret, {
    open: (login) => library.producer(broker, login),
    close: (opened) => opened.close(),
  })
  const consumers = await openAll(members, () =>
    followKafka(secret, {
      open: (login, lost) => library.consumer(broker, login, group, read, lost),
      close: (opened) => opened.close(),
      closeFirst: true,
    }),
  )
  return {
    use: producer.use.bind(producer),
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
  library: Library,
  shop: Shop,
  { broker }: Kafka,
  { members = 1 } = {},
) {
  const [confirmed, got] = [new Set<string>(), new Map<string, number>()]
  const failures: string[] = []
  const read = (order: string) => void got.set(order, (got.get(order) ?? 0) + 1)
  // Messages of another library are not read: each has a group of its own.
  const group = library === kafkaJs ? 'shop-kafkajs' : 'shop-platformatic'
  const clients = await openFollowed(library, shop.secret, { broker, group, members, read })
  const over = new AbortController()
  const worker = async () => {
    while (!over.signal.aborted) {
      const order = randomUUID()
      try {
        await clients.use((producer) => producer.send(TOPIC, { value: order }))
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
