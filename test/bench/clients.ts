import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { openDotenvStore } from '@rekey/config-loader/store'
import { followMysql2 } from '@rekey/mariadb'
import { followAmqplib } from '@rekey/rabbitmq'
import { followIoredis, redisCredentials } from '@rekey/redis'
import type { LiveSecret } from '@rekey/secret'
import { runCompiled } from '@rekey/testbed'
import { connect } from 'amqplib'
import { Redis as Ioredis } from 'ioredis'
import { createPool } from 'mysql2/promise'
import { createClient } from 'redis'
import { z } from 'zod'
import { type CellTable, effort } from './bench-table.ts'
import type { RotatorOrder } from './clients-rotator.ts'
import {
  openBroker,
  openMariaDbServer,
  openRedisServer,
  type Server,
  USER,
} from './clients-servers.ts'

const ROTATIONS = effort(100, 2)
const REST_MS = effort(10_000, 300)
const WORKERS = 6
const ROTATOR = fileURLToPath(new URL('clients-rotator.ts', import.meta.url))

/** A client that follows the login. */
interface Client {
  call(): Promise<unknown>
  close(): unknown
}

interface Contender<S extends Server = Server> {
  readonly name: string
  /** The most connections that the client may have. */
  readonly limit: number
  readonly open: () => Promise<S>
  readonly follow: (secret: LiveSecret, server: S) => Promise<Client>
}

const contender = <S extends Server>(one: Contender<S>): Contender => one as unknown as Contender

/**
 * A hundred rotations at real servers while a client works: calls that failed, how long calls took, and how many connections there were.
 * Each against the same client before the first rotation.
 */
export async function benchClients(): Promise<CellTable> {
  const rows: { name: string; cells: string[] }[] = []
  for (const each of CONTENDERS) rows.push({ name: each.name, cells: await measure(each) })
  return {
    title: `${ROTATIONS} rotations while ${WORKERS} workers call a real server`,
    columns: [
      ...['calls', 'failed', 'p99 at rest', 'p99 while rotated', 'ratio'],
      'most connections',
    ],
    rows,
    aim: '0 failed, p99 at most 2 times that at rest, connections at most the limit',
    note: 'the rotator is a process of its own; one connection more is that of the rotator, which tries the login; amqplib has two while it changes over',
  }
}

async function measure({ open, follow, limit }: Contender): Promise<string[]> {
  await using server = await open()
  const [name = ''] = Object.keys(server.held)
  const folder = await mkdtemp(join(tmpdir(), 'rekey-clients-'))
  const path = join(folder, '.env')
  const lines = Object.entries(server.held).map(([key, value]) => `${key}='${value}'\n`)
  await writeFile(path, lines.join(''), { mode: 0o600 })
  await using store = await openDotenvStore({ path })
  const secrets = { login: server.spec }
  const definition = defineService({ name: USER, settings: z.object({}), secrets })
  const env = { REKEY_ENVIRONMENT: 'test' }
  const service = await loadService(definition, { env, source: store })
  const health = await openHealthListener(service, { port: 0 })
  const healthUrl = `http://127.0.0.1:${health.port}`
  const [program = '', ...args] = runCompiled(ROTATOR)
  const rotator = fork(program, args)
  const rotate = async (times: number) => {
    const done = once(rotator, 'message')
    rotator.send({ ...server.order, name, path, healthUrl, times } satisfies RotatorOrder)
    const [failure] = (await done) as [string | null]
    if (failure !== null) throw new Error(failure)
  }
  const client = await follow(service.secrets.login, server)
  const load = startLoad(client)
  // What is loaded and compiled once is loaded.
  await rotate(1)
  load.take()
  await delay(REST_MS)
  const rest = load.take()
  let most = 0
  const over = new AbortController()
  const watching = (async () => {
    while (!over.signal.aborted) {
      most = Math.max(most, await server.connections())
      await delay(20)
    }
  })()
  await rotate(ROTATIONS)
  over.abort()
  await watching
  const rotated = load.take()
  await load.stop()
  await client.close()
  await health.close()
  await service.close()
  rotator.kill()
  await rm(folder, { recursive: true })
  const [before, after] = [p99(rest.latencies), p99(rotated.latencies)]
  return [
    ...[rotated.latencies.length.toLocaleString('en'), String(rotated.failed)],
    ...[`${before.toFixed(2)} ms`, `${after.toFixed(2)} ms`, `${(after / before).toFixed(2)}×`],
    `${most} (${limit} and the rotator)`,
  ]
}

function startLoad(client: Client) {
  let taken = { latencies: [] as number[], failed: 0 }
  const over = new AbortController()
  const workers = Array.from({ length: WORKERS }, async () => {
    while (!over.signal.aborted) {
      const start = performance.now()
      try {
        await client.call()
        taken.latencies.push(performance.now() - start)
      } catch {
        taken.failed += 1
      }
      await delay(1)
    }
  })
  return {
    take() {
      const before = taken
      taken = { latencies: [], failed: 0 }
      return before
    },
    async stop() {
      over.abort()
      await Promise.all(workers)
    },
  }
}

function p99(latencies: readonly number[]): number {
  return latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)] ?? NaN
}

const CONTENDERS: readonly Contender[] = [
  contender({
    ...{ name: 'node-redis', limit: 1, open: openRedisServer },
    async follow(secret, { port }) {
      const client = createClient({
        socket: { host: '127.0.0.1', port },
        credentialsProvider: redisCredentials(secret, USER),
      })
      client.on('error', () => undefined)
      await client.connect()
      return {
        call: () => client.incr('calls'),
        close: () => {
          client.destroy()
        },
      }
    },
  }),
  contender({
    ...{ name: 'ioredis', limit: 1, open: openRedisServer },
    follow(secret, { port }) {
      const client = new Ioredis({ port, lazyConnect: true })
      const stop = followIoredis(client, secret, USER)
      client.on('error', () => undefined)
      const close = () => {
        stop()
        client.disconnect()
      }
      return Promise.resolve({ call: () => client.incr('calls'), close })
    },
  }),
  contender({
    ...{ name: 'mysql2', limit: 4, open: openMariaDbServer },
    follow(secret, { host, port }) {
      const pool = createPool({ host, port, connectionLimit: 4 })
      followMysql2(pool, secret, USER)
      return Promise.resolve({ call: () => pool.query('select 1'), close: () => pool.end() })
    },
  }),
  contender({
    ...{ name: 'amqplib', limit: 2, open: openBroker },
    async follow(secret) {
      const broker = await followAmqplib(secret, {
        async open(url) {
          const connection = await connect(url, { clientProperties: { connection_name: USER } })
          const channel = await connection.createConfirmChannel()
          await channel.assertQueue('calls', { arguments: { 'x-max-length': 10 } })
          return { connection, channel }
        },
        finish: ({ channel }) => channel.waitForConfirms(),
      })
      const send = () =>
        new Promise<void>((resolve, reject) => {
          broker.current.channel.sendToQueue('calls', Buffer.from('call'), {}, (error) => {
            if (error === null) resolve()
            else reject(new Error('it was not confirmed'))
          })
        })
      return { call: send, close: () => broker.close() }
    },
  }),
]
