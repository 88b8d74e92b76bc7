import type { LiveSecret, SecretVersion, StagedSecret } from '@rekey/secret'
import { askForNewest, newConsumer, onChange } from '@rekey/secret/internal'

/** A login of one user of Redis. */
export interface RedisCredentials {
  readonly username: string
  readonly password: string
}

/** The part of a connection of node-redis that wants to know of new credentials. */
interface Listener {
  onNext(credentials: RedisCredentials): void
  onError(error: Error): void
}

/** A `credentialsProvider` of node-redis. */
export interface RedisCredentialsProvider {
  readonly type: 'streaming-credentials-provider'
  /** Called by node-redis for each connection. */
  subscribe(listener: Listener): Promise<[RedisCredentials, { dispose(): void }]>
  /** Called by node-redis where the server refuses new credentials. */
  onReAuthenticationError(error: Error): void
}

/** node-redis forgets no listener of a connection that was cut until its client is closed. */
const MOST_LISTENERS = 1_000

/**
 * Has node-redis follow a password through its rotations: each open connection is authenticated again with the new one, between two
 * commands, and a new connection begins with it. Reports which version is in use. One provider serves one client, a pool or a cluster.
 *
 * @param username the user of the ACL that the password belongs to
 * @see https://github.com/redis/node-redis/blob/master/docs/client-configuration.md
 * @example
 * ```ts
 * const client = createClient({
 *   url: settings.redisUrl,
 *   credentialsProvider: redisCredentials(service.secrets.redis, 'shop'),
 * })
 * ```
 */
export function redisCredentials(secret: LiveSecret, username: string): RedisCredentialsProvider {
  const consumer = newConsumer(secret.usage, 'node-redis')
  const listeners = new Set<Listener>()
  let active = secret.current
  let isAsked = false

  const use = (version: SecretVersion): RedisCredentials => {
    active = version
    secret.usage.record(version.version)
    secret.usage.hold(consumer, [version.version])
    return { username, password: version.value.expose() }
  }
  const change = ({ current }: StagedSecret) => {
    if (current.version === active.version) return
    const credentials = use(current)
    for (const listener of listeners) listener.onNext(credentials)
  }

  secret.usage.hold(consumer, [active.version])
  void onChange(secret, change)
  return {
    type: 'streaming-credentials-provider',
    async subscribe(listener) {
      // A password that node-redis takes from here and the server refuses fails the commands that wait for the connection.
      if (isAsked) await askForNewest(secret, 'expired')
      isAsked = true
      listeners.add(listener)
      for (const oldest of listeners) {
        if (listeners.size <= MOST_LISTENERS) break
        listeners.delete(oldest)
      }
      return [use(secret.current), { dispose: () => void listeners.delete(listener) }]
    },
    onReAuthenticationError() {
      secret.usage.fail(active.version)
      secret.rejected('unauthorized').catch(() => undefined)
    },
  }
}
