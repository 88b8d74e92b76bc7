import type { LiveSecret, Secret, SecretVersion, StagedSecret } from '@rekey/secret'
import { newConsumer, onChange } from '@rekey/secret/internal'

/** The part of a client of ioredis, 5 or 6, that is used. */
export interface IoredisClient {
  /** `wait` before it connects, `ready` once it is logged in. */
  readonly status: string
  /** `subscriber` while it can send no other commands, by RESP2. */
  readonly mode: string
  /** The options that are read at each connection. */
  readonly options: {
    username?: string | null | undefined
    password?: string | null | undefined
  }
  /** Sends a command; transactions are seen by it. */
  sendCommand(command: { readonly name: string }): unknown
  /** Makes another client with the same options, which follows too. */
  duplicate(override?: object): IoredisClient
  /** Logs in on the open connection. */
  auth(username: string, password: string): Promise<unknown>
  /** Ends the connection, and opens another one. */
  disconnect(reconnect: boolean): void
  /** Listens for logins and refused ones, and for the end of a connection. */
  on(event: 'error' | 'ready' | 'close' | 'end', listener: (error: Error) => void): unknown
  /** Listens no more. */
  off(event: 'error', listener: (error: Error) => void): unknown
}

/** The answers of a server that refuses a login. */
const REFUSED = /^(?:WRONGPASS|NOAUTH)\b/

/**
 * Has a client of ioredis follow a password through its rotations: the open connection is authenticated again with the new one, between
 * two commands, and the next one begins with it. A subscriber by RESP2 is connected anew. Reports which version is in use. Commands that wait
 * while the server refuses a login are sent once it accepts one. A transaction is waited for; a client that `duplicate()` makes follows too.
 *
 * @param username the user of the ACL that the password belongs to
 * @returns stops following
 * @throws {TypeError} for a client that connects already
 * @example
 * ```ts
 * const client = new Redis(settings.redisUrl, { lazyConnect: true })
 * const stop = followIoredis(client, service.secrets.redis, 'shop')
 * ```
 */
export function followIoredis(
  client: IoredisClient,
  secret: LiveSecret,
  username: string,
): () => void {
  // It has read its password by then.
  if (client.status !== 'wait') throw new TypeError('make the client with lazyConnect: true')
  const follower = new Follower(secret, username)
  follower.follow(client)
  return follower.stop
}

/** A client, as it is followed. */
interface Followed {
  readonly transactionEnd: () => Promise<void>
  /** The login of its connection, which may be under way; undefined without one. */
  login?: { version: SecretVersion } | undefined
}

class Follower {
  readonly #secret: LiveSecret
  readonly #username: string
  readonly #consumer: string
  readonly #closed = new AbortController()
  /** The clients that have not ended. */
  readonly #clients = new Map<IoredisClient, Followed>()
  /** Kept, since a secret that cannot be read throws, and a listener of a client would end the process. */
  #newest: SecretVersion

  constructor(secret: LiveSecret, username: string) {
    this.#secret = secret
    this.#username = username
    this.#consumer = newConsumer(secret.usage, 'ioredis')
    this.#newest = secret.current
    secret.usage.record(this.#newest.version)
    this.#report()
    void onChange(secret, this.#change, this.#closed.signal)
  }

  readonly stop = () => {
    this.#closed.abort()
    for (const client of this.#clients.keys()) client.off('error', this.#onError)
    this.#report()
  }

  follow(client: IoredisClient): IoredisClient {
    const followed: Followed = { transactionEnd: watchTransactions(client) }
    readLate(client, this.#username, () => {
      if (client.status === 'connecting') {
        followed.login = { version: this.#newest }
        this.#clients.set(client, followed)
      }
      return this.#newest.value.expose()
    })
    const duplicate = client.duplicate.bind(client)
    client.duplicate = (override) => this.follow(duplicate(override))
    client.on('error', this.#onError)
    // The password may have changed while it logged in.
    client.on('ready', () => void this.#adopt(client, followed))
    client.on('close', () => {
      followed.login = undefined
      this.#report()
    })
    // It may have been connected again by then.
    client.on('end', () => client.status === 'end' && this.#clients.delete(client))
    this.#clients.set(client, followed)
    return client
  }

  readonly #onError = (error: unknown) => {
    if (!(error instanceof Error && REFUSED.test(error.message))) return
    this.#secret.usage.fail(this.#newest.version)
    this.#secret.rejected('unauthorized').catch(() => undefined)
  }

  readonly #change = ({ current }: StagedSecret) => {
    if (current.version === this.#newest.version) return
    this.#newest = current
    this.#secret.usage.record(current.version)
    this.#report()
    for (const each of this.#clients) void this.#adopt(...each)
  }

  /** Has a client leave an older login. One that is not ready has none, or is asked once it is. */
  async #adopt(client: IoredisClient, followed: Followed): Promise<void> {
    await followed.transactionEnd()
    const { login } = followed
    const newest = this.#newest
    const isOver = this.#closed.signal.aborted || client.status !== 'ready'
    if (isOver || login === undefined || login.version.version === newest.version) return
    try {
      await logInAnew(client, this.#username, newest.value)
      login.version = newest
    } catch (error) {
      this.#onError(error)
    }
    this.#report()
  }

  #report(): void {
    const used = Array.from(this.#clients.values(), ({ login }) => login?.version.version ?? [])
    const held = this.#closed.signal.aborted ? [] : [...used.flat(), this.#newest.version]
    this.#secret.usage.hold(this.#consumer, [...new Set(held)])
  }
}

/** Has a client read its login at each connection, where an earlier AUTH is forgotten. */
function readLate(client: IoredisClient, username: string, password: () => string): void {
  Object.defineProperty(client.options, 'username', { value: username })
  Object.defineProperty(client.options, 'password', { get: password, enumerable: true })
}

/** Has an open connection log in with another password; that of a subscriber is opened anew. */
async function logInAnew(client: IoredisClient, username: string, password: Secret): Promise<void> {
  if (client.mode === 'subscriber') client.disconnect(true)
  else await client.auth(username, password.expose())
}

/** An AUTH in a transaction that is sent command by command is queued there, and has a result in it. Returns the wait for the end of one. */
function watchTransactions(client: IoredisClient): () => Promise<void> {
  let isOpen = false
  const waiting: (() => void)[] = []
  const end = () => {
    isOpen = false
    for (const resolve of waiting.splice(0)) resolve()
  }
  const sendCommand = client.sendCommand.bind(client)
  client.sendCommand = (command, ...rest) => {
    const sent = sendCommand(command, ...rest)
    if (command.name === 'multi') isOpen = true
    if (command.name === 'exec' || command.name === 'discard') end()
    return sent
  }
  client.on('close', end)
  return () => (isOpen ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve())
}
