import type { LiveSecret, SecretVersion } from '@rekey/secret'
import { newConsumer } from '@rekey/secret/internal'

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
  /** Listens for refused logins, and for the end of a connection. */
  on(event: 'error' | 'close', listener: (error: Error) => void): unknown
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
  return follow(client, secret, username)
}

function follow(client: IoredisClient, secret: LiveSecret, username: string): () => void {
  const consumer = newConsumer(secret.usage, 'ioredis')
  const closed = new AbortController()
  const copies: (() => void)[] = []
  let active = secret.current

  const use = (version: SecretVersion) => {
    active = version
    secret.usage.record(version.version)
  }
  const adopt = async (next: SecretVersion) => {
    const before = active
    use(next)
    if (client.status === 'ready') {
      secret.usage.hold(consumer, [before.version, next.version])
      await transactionEnd()
      if (client.mode === 'subscriber') client.disconnect(true)
      else await client.auth(username, next.value.expose())
    }
    if (active.version === next.version) secret.usage.hold(consumer, [next.version])
  }
  const onError = (error: unknown) => {
    if (!(error instanceof Error && REFUSED.test(error.message))) return
    secret.usage.fail(active.version)
    secret.rejected('unauthorized').catch(() => undefined)
  }
  const followChanges = async () => {
    for await (const { current } of secret.changes(closed.signal)) {
      if (current.version !== active.version) await adopt(current).catch(onError)
    }
  }

  // Read at each connection, where an earlier AUTH is forgotten.
  Object.defineProperties(client.options, {
    username: { value: username },
    password: { get: () => active.value.expose(), enumerable: true },
  })
  const transactionEnd = watchTransactions(client)
  const duplicate = client.duplicate.bind(client)
  client.duplicate = (override) => {
    const copy = duplicate(override)
    copies.push(follow(copy, secret, username))
    return copy
  }
  use(active)
  secret.usage.hold(consumer, [active.version])
  client.on('error', onError)
  void followChanges()
  return () => {
    closed.abort()
    for (const stopCopy of copies) stopCopy()
    client.off('error', onError)
    secret.usage.hold(consumer, [])
  }
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
