import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { Producer, stringSerializers } from '@platformatic/kafka'
import { awsCredentials } from '@rekey/aws-iam'
import { type DatabaseCredentials, openRotatingPool } from '@rekey/db-pool-rotator'
import { openRotatingSql } from '@rekey/db-pool-rotator/postgres-js'
import { followKafka } from '@rekey/kafka'
import { followMariadb, followMysql2 } from '@rekey/mariadb'
import { followMongo } from '@rekey/mongodb'
import { followAmqplib } from '@rekey/rabbitmq'
import { followIoredis, redisCredentials } from '@rekey/redis'
import type { LiveSecret } from '@rekey/secret'
import { followNodemailer } from '@rekey/smtp'
import { connect } from 'amqplib'
import { Redis as Ioredis } from 'ioredis'
import { Kafka as KafkaJs, logLevel } from 'kafkajs'
import { Kysely, PostgresDialect, sql as raw } from 'kysely'
import { createPool as createMariadbPool } from 'mariadb'
import { MongoClient } from 'mongodb'
import { createPool } from 'mysql2/promise'
import { createTransport } from 'nodemailer'
import { createClient } from 'redis'
import {
  openMariaDbServer,
  openPostgresServer,
  openRedisServer,
  type Server,
  USER,
} from './clients-servers.ts'
import {
  openAws,
  openBroker,
  openFerretDbServer,
  openKafkaServer,
  openMailServer,
} from './clients-services.ts'

/** A client that follows the login. */
export interface Client {
  call(): Promise<unknown>
  close(): unknown
}

/** A row of the table. */
export interface Contender {
  /** The most connections that the client may have. */
  readonly limit: number
  /** Opens the client, with connections that have its name where they can have one. */
  readonly follow: (secret: LiveSecret, server: Server, name: string) => Promise<Client>
}

/** A server, and its clients, which work there at the same time. */
export interface Group {
  readonly server: () => Promise<Server>
  readonly clients: Readonly<Record<string, Contender>>
}

/** How many call each server, shared out among its clients. */
export const WORKERS = 6
/** Most connections of a pool: no more than it has workers. */
const MAX = 2

const poolOf = (secret: LiveSecret, name: string) =>
  openRotatingPool({
    ...{ application_name: name, consumer: name, ownerRole: USER, max: MAX },
    // The service has one secret, of the kind that its server wants.
    credentials: secret as unknown as LiveSecret<DatabaseCredentials>,
  })

/** Each client, by the server that it works at, and by its name. */
export const GROUPS: readonly Group[] = [
  {
    server: openPostgresServer,
    clients: {
      pg: {
        limit: MAX + 1,
        async follow(secret, _server, name) {
          const pool = await poolOf(secret, name)
          return { call: () => pool.query('select 1'), close: () => pool.end() }
        },
      },
      'Kysely on pg': {
        limit: MAX + 1,
        async follow(secret, _server, name) {
          const pool = await poolOf(secret, name)
          const db = new Kysely({ dialect: new PostgresDialect({ pool }) })
          return { call: () => raw`select 1`.execute(db), close: () => db.destroy() }
        },
      },
      'postgres.js': {
        limit: MAX,
        async follow(secret, _server, name) {
          const sql = await openRotatingSql({
            ...{ ownerRole: USER, max: MAX, connection: { application_name: name } },
            credentials: secret as unknown as LiveSecret<DatabaseCredentials>,
          })
          return { call: () => sql`select 1`, close: () => sql.end() }
        },
      },
    },
  },
  {
    server: openRedisServer,
    clients: {
      'node-redis': {
        limit: 1,
        async follow(secret, { host, port }, name) {
          const credentialsProvider = redisCredentials(secret, USER)
          const client = createClient({ socket: { host, port }, name, credentialsProvider })
          client.on('error', () => undefined)
          await client.connect()
          const close = () => {
            client.destroy()
          }
          return { call: () => client.incr('calls'), close }
        },
      },
      ioredis: {
        limit: 1,
        follow(secret, { host, port }, name) {
          const client = new Ioredis({ host, port, connectionName: name, lazyConnect: true })
          const stop = followIoredis(client, secret, USER)
          client.on('error', () => undefined)
          const close = () => {
            stop()
            client.disconnect()
          }
          return Promise.resolve({ call: () => client.incr('calls'), close })
        },
      },
    },
  },
  {
    server: openMariaDbServer,
    clients: {
      mysql2: {
        limit: MAX,
        follow(secret, { host, port }, database) {
          const pool = createPool({ host, port, database, connectionLimit: MAX })
          followMysql2(pool, secret, USER)
          return Promise.resolve({ call: () => pool.query('select 1'), close: () => pool.end() })
        },
      },
      mariadb: {
        limit: 2 * MAX,
        async follow(secret, { host, port }, database) {
          const place = { host, port, user: USER, database, connectionLimit: MAX }
          const pool = await followMariadb(secret, (password) =>
            createMariadbPool({ ...place, password }),
          )
          return { call: () => pool.current.query('select 1'), close: () => pool.close() }
        },
      },
    },
  },
  {
    server: openFerretDbServer,
    clients: {
      mongodb: {
        // Each client has two connections beside its pool, by which it watches the server.
        limit: 2 * (MAX + 2),
        async follow(secret) {
          const mongo = await followMongo(secret, {
            open: (url) => new MongoClient(url, { maxPoolSize: MAX }),
          })
          const call = () => mongo.current.db().collection('calls').findOne({})
          return { call, close: () => mongo.close() }
        },
      },
    },
  },
  {
    server: openBroker,
    clients: {
      amqplib: {
        limit: 2,
        async follow(secret, _server, name) {
          const broker = await followAmqplib(secret, {
            async open(url) {
              const connection = await connect(url, {
                clientProperties: { connection_name: name },
              })
              const channel = await connection.createConfirmChannel()
              await channel.assertQueue('calls', { arguments: { 'x-max-length': 10 } })
              return { connection, channel }
            },
            finish: ({ channel }) => channel.waitForConfirms(),
          })
          const call = () =>
            new Promise<void>((resolve, reject) => {
              broker.current.channel.sendToQueue('calls', Buffer.from('call'), {}, (error) => {
                if (error === null) resolve()
                else reject(new Error('it was not confirmed'))
              })
            })
          return { call, close: () => broker.close() }
        },
      },
    },
  },
  {
    server: openKafkaServer,
    clients: {
      '@platformatic/kafka': {
        // Of both clients, which the broker does not tell apart.
        limit: 8,
        async follow(secret, { host, port }) {
          const kafka = await followKafka(secret, {
            async open(login) {
              const producer = new Producer({
                ...{ clientId: USER, bootstrapBrokers: [`${host}:${port}`] },
                ...{
                  sasl: { mechanism: 'SCRAM-SHA-512', ...login },
                  serializers: stringSerializers,
                },
              })
              await producer.metadata({ topics: ['calls'] })
              return producer
            },
            close: (producer) => producer.close(),
          })
          const messages = [{ topic: 'calls', value: 'call' }]
          const call = () => kafka.use((producer) => producer.send({ messages, acks: -1 }))
          return { call, close: () => kafka.close() }
        },
      },
      kafkajs: {
        // Of both clients, which the broker does not tell apart.
        limit: 8,
        async follow(secret, { host, port }) {
          const kafka = await followKafka(secret, {
            async open(login) {
              const producer = new KafkaJs({
                ...{ clientId: USER, brokers: [`${host}:${port}`], logLevel: logLevel.NOTHING },
                sasl: { mechanism: 'scram-sha-512', ...login },
              }).producer()
              await producer.connect()
              return producer
            },
            close: (producer) => producer.disconnect(),
          })
          const order = { topic: 'calls', acks: -1, messages: [{ value: 'call' }] }
          const call = () => kafka.use((producer) => producer.send(order))
          return { call, close: () => kafka.close() }
        },
      },
    },
  },
  {
    server: openMailServer,
    clients: {
      nodemailer: {
        limit: 2 * MAX,
        follow(secret) {
          const options = { pool: true, maxConnections: MAX, maxMessages: Infinity } as const
          const mail = followNodemailer(secret, (login) =>
            createTransport({ ...login, ...options }),
          )
          const message = { from: 'a@shop.test', to: 'b@shop.test', text: 'call' }
          const close = () => {
            mail.close()
          }
          return Promise.resolve({ call: () => mail.sendMail(message), close })
        },
      },
    },
  },
  {
    server: openAws,
    clients: {
      'AWS SDK': {
        // One for each worker.
        limit: WORKERS,
        follow(secret, { host, port }) {
          const client = new STSClient({
            ...{ endpoint: `http://${host}:${port}`, region: 'eu-central-1', maxAttempts: 1 },
            credentials: awsCredentials(secret),
          })
          const close = () => {
            client.destroy()
          }
          const call = () => client.send(new GetCallerIdentityCommand({}))
          return Promise.resolve({ call, close })
        },
      },
    },
  },
]
