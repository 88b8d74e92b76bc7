import { type Secret, SecretError, within } from '@rekey/secret'
import { importPeer } from '@rekey/secret/internal'
import { forbiddenTo, unanswered } from '@rekey/secret/internal/kind'

/** A server of Redis, and the roots that its certificate must be of. */
export interface RedisNode {
  /** `rediss://HOST:PORT`; `redis://` on loopback alone. */
  readonly url: URL
  /** PEM. Default: the roots of Node.js. */
  readonly ca?: string | undefined
}

/** A login that a server is asked with. */
export interface RedisLogin {
  readonly user: string
  readonly password: Secret
}

/** Sends a command; what the server answers. Rejects with the server's own error. */
export type Send = (...command: readonly string[]) => Promise<unknown>

const TIMEOUT_MS = 10_000

/** The answers of a server that refuses a login. It has the same one for an unknown user and a wrong password. */
const REFUSED = /^(?:WRONGPASS|NOAUTH)\b/

/**
 * Logs in to a server, does some work, and leaves. No attempt is made twice.
 *
 * @returns undefined if the server refuses the login
 * @throws {SecretError} `unreachable` without an answer in ten seconds; `forbidden` for a command that the login may not give; `refused`
 *   where node-redis is not installed
 */
export async function withNode<T>(
  { url, ca }: RedisNode,
  { user, password }: RedisLogin,
  signal: AbortSignal,
  work: (send: Send) => Promise<T>,
): Promise<T | undefined> {
  const { createClient } = await loadClient()
  const tls = url.protocol === 'rediss:' && { tls: true as const, ...(ca !== undefined && { ca }) }
  const socket = { ...tls, reconnectStrategy: false as const, connectTimeout: TIMEOUT_MS }
  const login = { username: user, password: password.expose() }
  const client = createClient({ url: url.href, ...login, socket, disableOfflineQueue: true })
  // Without a listener an error of the socket would end this process.
  client.on('error', () => undefined)
  const limit = { what: `an answer of ${url.host}`, limitMs: TIMEOUT_MS, signal }
  try {
    return await within(limit, async () => {
      await client.connect()
      return work((...command) => client.sendCommand([...command]))
    })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof SecretError || error instanceof TypeError) throw error
    if (error instanceof Error && REFUSED.test(error.message)) return undefined
    throw describe(url, error)
  } finally {
    client.destroy()
  }
}

/** The first word of an error of a server is a code; all others may have anything in them. */
const CODE = /^[A-Z]{2,20}(?= )/

function describe({ host }: URL, error: unknown): SecretError {
  const { message = '', code } = error as { message?: string; code?: unknown }
  const reason = CODE.exec(message)?.[0] ?? (typeof code === 'string' ? code : 'cut')
  return reason === 'NOPERM'
    ? forbiddenTo({ host, reason }, 'grant +acl|getuser +acl|setuser +acl|save +client|kill')
    : unanswered({ host, reason }, 'check its address, its certificate and that it is up')
}

function loadClient() {
  const peer = {
    url: import.meta.url,
    of: '@rekey/redis',
    name: 'redis',
    need: 'the rotation at Redis',
  }
  return importPeer(peer, () => import('redis'))
}
