import type { LiveSecret, Secret, StagedSecret } from '@rekey/secret'
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
  /** Listens for refused logins, and for the end of a connection. */
  on(event: 'error' | 'close' | 'end', listener: (error: Error) => void): unknown
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
  const consumer = newConsumer(secret.usage, 'ioredis')
  const closed = new AbortController()
  /** The clients that have not ended, each with the wait for its transaction. */
  const clients = new Map<IoredisClient, () => Promise<void>>()
  /** Versions with which clients are logged in until all have the newest one. */
  const older = new Set<string>()
  let newest = secret.current

  const report = () => {
    secret.usage.hold(consumer, closed.signal.aborted ? [] : [...older, newest.version])
  }
  /** Returns whether the server refused a login. */
  const onError = (error: unknown) => {
    if (!(error instanceof Error && REFUSED.test(error.message))) return false
    secret.usage.fail(newest.version)
    secret.rejected('unauthorized').catch(() => undefined)
    return true
  }
  const follow = (each: IoredisClient) => {
    const transactionEnd = watchTransactions(each)
    const password = () => {
      if (each.status === 'connecting') clients.set(each, transactionEnd)
      return newest.value.expose()
    }
    readLate(each, username, password)
    const duplicate = each.duplicate.bind(each)
    each.duplicate = (override) => follow(duplicate(override))
    each.on('error', onError)
    // It may have been connected again by then.
    each.on('end', () => each.status === 'end' && clients.delete(each))
    clients.set(each, transactionEnd)
    return each
  }
  /** Returns whether the client has left its older login: one that is lost is connected with the newest one. */
  const adopt = async (each: IoredisClient, transactionEnd: () => Promise<void>) => {
    await transactionEnd()
    const done = logInAnew(each, username, newest.value)
    return done.then(() => true).catch((error: unknown) => !onError(error))
  }
  const change = async ({ current }: StagedSecret) => {
    if (current.version === newest.version) return
    older.add(newest.version)
    older.delete(current.version)
    newest = current
    secret.usage.record(current.version)
    report()
    const adopted = await Promise.all(Array.from(clients, (each) => adopt(...each)))
    if (newest === current && adopted.every(Boolean)) older.clear()
    report()
  }

  secret.usage.record(newest.version)
  report()
  follow(client)
  void onChange(secret, (staged) => void change(staged), closed.signal)
  return () => {
    closed.abort()
    for (const each of clients.keys()) each.off('error', onError)
    report()
  }
}

/** Has a client read its login at each connection, where an earlier AUTH is forgotten. */
function readLate(client: IoredisClient, username: string, password: () => string): void {
  Object.defineProperties(client.options, {
    username: { value: username },
    password: { get: password, enumerable: true },
  })
}

/** Has an open connection log in with another password; that of a subscriber is opened anew. */
async function logInAnew(client: IoredisClient, username: string, password: Secret): Promise<void> {
  if (client.status !== 'ready') return
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
