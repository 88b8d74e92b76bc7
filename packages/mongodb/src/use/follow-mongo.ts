import { followClient, type LiveSecret, systemClock, within } from '@rekey/secret'
import type { FollowedClient } from '@rekey/secret/internal'

/** The part of a `MongoClient` that is used. */
export interface MongoDbClient {
  /** Logs in. */
  connect(): Promise<unknown>
  /** Starts the session that each operation, cursor and transaction has. */
  startSession(): MongoDbSession
  /** Listens for logins that the server refuses. */
  on(event: 'connectionCheckOutFailed', listener: (event: object) => void): unknown
  /** Ends its connections, and cuts what still runs. */
  close(): Promise<unknown>
}

/** The part of a session that is used. */
export interface MongoDbSession {
  /** Listens for its end. */
  once(event: 'ended', listener: () => void): unknown
}

/** A `MongoClient` that follows its login. */
export type FollowedMongo<C extends MongoDbClient> = FollowedClient<C>

/** How a service makes a client. */
export interface FollowMongoOptions<C extends MongoDbClient> {
  /** Makes one, and does not connect it. It is called anew for each new login. */
  readonly open: (url: string) => C
  /**
   * How long operations, cursors and transactions of an old login may still take. Then they are cut, and the driver ends a cursor as if it had
   * no more documents. Default: a day. Until then a cursor that is never closed keeps the old login in use, which stops its rotation.
   */
  readonly finishMs?: number
}

const FINISH_MS = 86_400_000
/** An old client ends after such a time without work: a caller may have one in hand. */
const SILENCE_MS = 100
/** AuthenticationFailed. */
const REFUSED = 18

/**
 * Opens a `MongoClient` that follows its login through its rotations: the next one is logged in before the old one is closed, which waits for
 * the operations, cursors and transactions that were begun on it. `close()` waits for nothing. Reports which logins are in use.
 *
 * @throws what `open` and its `connect()` throw at first
 * @example
 * ```ts
 * const mongo = await followMongo(service.secrets.mongo, { open: (url) => new MongoClient(url) })
 * await mongo.current.db().collection('orders').insertOne(order)
 * ```
 */
export function followMongo<C extends MongoDbClient>(
  secret: LiveSecret,
  { open, finishMs = FINISH_MS }: FollowMongoOptions<C>,
): Promise<FollowedMongo<C>> {
  const working = new WeakMap<C, Work>()
  return followClient(secret, {
    consumer: 'mongodb',
    isLoginError,
    async open(value) {
      const client = open(value.expose())
      working.set(client, watchWork(client))
      try {
        await client.connect()
      } catch (error) {
        client.close().catch(() => undefined)
        throw error
      }
      return client
    },
    watch(client, _lost, refused) {
      // It connects again by itself, and never ends. A new connection may be refused where others still work.
      client.on('connectionCheckOutFailed', (event) => {
        if ('error' in event) refused(event.error)
      })
    },
    async retire(client, signal) {
      const limit = { what: 'the work of an old login of MongoDB', limitMs: finishMs, signal }
      const work = working.get(client)
      try {
        if (work !== undefined) await within(limit, (limited) => untilSilent(work, limited))
      } finally {
        await client.close()
      }
    },
  })
}

/** The sessions of a client. */
interface Work {
  started: number
  open: number
}

/** The driver starts a session for all that it does, by the public call. Its end is the one sign that the work is over. */
function watchWork(client: MongoDbClient): Work {
  const work = { started: 0, open: 0 }
  const start = client.startSession.bind(client)
  client.startSession = (...options) => {
    const session = start(...options)
    work.started += 1
    work.open += 1
    session.once('ended', () => (work.open -= 1))
    return session
  }
  return work
}

async function untilSilent(work: Work, signal: AbortSignal): Promise<void> {
  for (let before = -1; work.open > 0 || work.started !== before;) {
    before = work.started
    await systemClock.sleep(SILENCE_MS, signal)
  }
}

function isLoginError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === REFUSED
}
