import { setTimeout as delay } from 'node:timers/promises'
import { newPassword, openRotatedService } from '@rekey/rotated-service'
import type { FerretDb } from '@rekey/testbed'
import { MongoClient, MongoServerError } from 'mongodb'
import { onTestFinished } from 'vitest'
import { followMongo, mongoDbLogin } from '../src/index.ts'
import { mongoDbKind } from '../src/rotate/index.ts'

const ADMINISTRATOR = 'MONGODB_ADMINISTRATOR'
/** A file that only the machine of the service has. */
const OF_THE_SERVICE = '&tlsCAFile=/only/there.pem'

interface ShopOptions {
  /** The user that the service has at first. Each test has another one. */
  readonly user: string
  /** Where the service and the rotator find the server: `HOST:PORT`. Default: its own address. */
  readonly at?: string
  /** Options of the connection string. */
  readonly options?: string
  /** PEM of the roots of that address. */
  readonly ca?: string
  readonly roles?: readonly object[]
  readonly listsSessions?: boolean
  readonly finishMs?: number
}

/** A service with a user at a server, and the rotation of its login. */
export async function openShop(server: FerretDb, shop: ShopOptions) {
  const { user, options = '', ca, roles = [], listsSessions = false, finishMs } = shop
  const { at = `${server.host}:${server.port}` } = shop
  const password = newPassword()
  const url = `mongodb://${user}:${password}@${at}/shop?authSource=users${options}${OF_THE_SERVICE}`
  const socket = ca === undefined ? {} : { ca }
  const root = new MongoClient(
    `mongodb://${server.user}:${server.password.expose()}@${at}/?authSource=admin${options}`,
    socket,
  )
  onTestFinished(() => root.close())
  const users = root.db('users')
  await users.command({ createUser: user, pwd: password, roles })
  const entry = {
    administrator: { user: server.user, passwordName: ADMINISTRATOR, authSource: 'admin' },
    listsSessions,
  }
  const rotated = await openRotatedService({
    ...{ kind: mongoDbKind, spec: mongoDbLogin(), entry, value: url },
    held: { [ADMINISTRATOR]: server.password.expose() },
    parts: { pollMs: 50, deadlineMs: 20_000 },
  })
  /** Names of the users that begin as that of the service. */
  const names = async () => {
    const { users: all } = await users.command({ usersInfo: 1 })
    const found = (all as { user: string }[]).map((each) => each.user)
    return found.filter((name) => name.startsWith(user)).sort()
  }
  const accepts = async (login: string) => {
    const client = new MongoClient(login.replace(OF_THE_SERVICE, ''), socket)
    try {
      await client.connect()
      return true
    } catch (error) {
      if (error instanceof MongoServerError && error.code === 18) return false
      throw error
    } finally {
      await client.close()
    }
  }
  const follow = async () => {
    const client = await followMongo(rotated.secret, {
      open: (login) =>
        new MongoClient(login.replace(OF_THE_SERVICE, ''), { ...socket, maxPoolSize: 4 }),
      ...(finishMs !== undefined && { finishMs }),
    })
    onTestFinished(() => client.close())
    return client
  }
  const plain = () => {
    const client = new MongoClient(url.replace(OF_THE_SERVICE, ''), { ...socket, maxPoolSize: 4 })
    onTestFinished(() => client.close())
    return client.connect()
  }
  return { ...rotated, accepts, follow, names, plain, root, url, users }
}

type Shop = Awaited<ReturnType<typeof openShop>>

/** Stores and reads orders all the time; counts what was answered, and what failed. */
export async function startLoad(shop: Shop) {
  const client = await shop.follow()
  const counts = { done: 0, read: 0, failures: [] as string[] }
  const over = new AbortController()
  const worker = async (work: () => Promise<unknown>) => {
    while (!over.signal.aborted) {
      try {
        await work()
        counts.done += 1
      } catch (error) {
        counts.failures.push(String(error))
        await delay(20)
      }
      await delay(1)
    }
  }
  const orders = () => client.current.db().collection<{ n: number }>('orders')
  await orders().insertMany(Array.from({ length: 40 }, (_, n) => ({ n })))
  /** A cursor that takes its time, of several answers. */
  const read = async () => {
    let seen = 0
    for await (const { n } of orders().find({ n: { $gte: 0 } }, { batchSize: 2, limit: 20 })) {
      seen += n >= 0 ? 1 : 0
      await delay(10)
    }
    if (seen !== 20) throw new Error(`the cursor had ${seen} orders`)
    counts.read += 1
  }
  const store = () => orders().insertOne({ n: -1 })
  const workers = [store, store, store, read].map(worker)
  const stop = async () => {
    over.abort()
    await Promise.all(workers)
    await client.close()
  }
  onTestFinished(stop)
  return { client, counts, stop }
}
