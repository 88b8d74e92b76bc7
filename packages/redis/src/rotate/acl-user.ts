import { createHash, timingSafeEqual } from 'node:crypto'
import { type Secret, SecretError, within } from '@rekey/secret'
import type { FarSide } from '@rekey/secret/kind'
import { importPeer } from '@rekey/secret/internal'
import { forbiddenTo, unanswered } from '@rekey/secret/internal/kind'

/** A user of the ACL of some servers, and who may change it. */
export interface AclUser {
  readonly username: string
  /** ACLs are kept by each server: every node, replicas too. */
  readonly nodes: readonly RedisNode[]
  /** Reads the login of the administrator. */
  readonly administrator: () => Promise<RedisLogin>
}

/**
 * Creates the far side of a password of Redis: a user has two while one replaces the other. A server gets the SHA-256 digest of a new
 * password, and keeps it over a restart. Connections live on after the end of a password, but for one that leaked: those of its user are cut.
 *
 * @see https://redis.io/docs/latest/commands/acl-setuser/
 */
export function createAclUser({ username, nodes, administrator }: AclUser): FarSide {
  const onEach = async (
    signal: AbortSignal,
    work: (send: Send, at: RedisNode) => Promise<void>,
  ) => {
    const login = await administrator()
    for (const node of nodes) {
      const done = await withNode(node, login, signal, async (send) => {
        await work(send, node)
        return true
      })
      if (done === undefined) throw refusesAdministrator(node, login)
    }
  }
  const end = (value: Secret, cut: boolean, signal: AbortSignal) =>
    onEach(signal, async (send, node) => {
      const digest = digestOf(value)
      // To remove what is not there is an error.
      if (isAmong(digest, await digestsOf(username, send, node))) {
        await send('ACL', 'SETUSER', username, `!${digest}`)
        await keepOverRestart(send, node)
      }
      if (cut) await send('CLIENT', 'KILL', 'USER', username)
    })

  return {
    ...{ name: 'Redis', noun: 'password', slots: 'two-secrets' },
    plan: () =>
      Promise.resolve({
        generate: '32 random bytes',
        admit: `${username} gets it as a second one on ${hostsOf(nodes)}`,
        revoke: `${username} loses the old one on ${hostsOf(nodes)}`,
      }),
    add: ({ pending }, { signal }) =>
      onEach(signal, async (send, node) => {
        const digest = digestOf(pending.value)
        if (!isAmong(digest, await digestsOf(username, send, node))) {
          // A server that cannot do it is not changed.
          await keepOverRestart(send, node)
          await send('ACL', 'SETUSER', username, `#${digest}`)
        }
        await keepOverRestart(send, node)
      }),
    async accepts(password, signal) {
      const verdicts = await Promise.all(
        nodes.map(async (node) => {
          const login = { user: username, password }
          return (await withNode(node, login, signal, () => Promise.resolve(true))) === true
        }),
      )
      if (new Set(verdicts).size < 2) return verdicts[0] === true
      const other = nodes.filter((_, nth) => verdicts[nth] !== verdicts[0])
      const message = `the nodes do not agree about a password of ${username}: look at ACL GETUSER on ${hostsOf(other)}`
      throw new SecretError('unreachable', message)
    },
    remove: (value, { compromised, signal }) => end(value, compromised, signal),
    withdraw: ({ pending }, { signal }) => end(pending.value, false, signal),
  }
}

/** As Redis keeps passwords: it needs no slow digest, since a password has 32 random bytes. */
function digestOf(password: Secret): string {
  return createHash('sha256').update(password.expose()).digest('hex')
}

function isAmong(digest: string, others: readonly unknown[]): boolean {
  const bytes = Buffer.from(digest)
  return others.some((other) => {
    const theirs = Buffer.from(String(other))
    return theirs.length === bytes.length && timingSafeEqual(theirs, bytes)
  })
}

/** @throws {SecretError} `missing` for a user that is not there, `refused` for one that needs no password */
async function digestsOf(username: string, send: Send, { url }: RedisNode): Promise<unknown[]> {
  const answer = await send('ACL', 'GETUSER', username)
  if (answer === null) {
    const remedy = `make it with ACL SETUSER ${username}, its rights and its present password`
    throw new SecretError('missing', `${url.host} has no user ${username}: ${remedy}`)
  }
  const { flags = [], passwords = [] } = Object.fromEntries(pairsOf(answer)) as {
    flags?: unknown[]
    passwords?: unknown[]
  }
  if (!flags.includes('nopass')) return passwords
  const remedy = `give it its present password with ACL SETUSER ${username} resetpass >PRESENT_PASSWORD`
  throw new SecretError('refused', `${username} needs no password at ${url.host}: ${remedy}`)
}

/** RESP2 has a list of names and values; RESP3 a map, which node-redis gives as an object. */
function pairsOf(answer: unknown): [string, unknown][] {
  if (!Array.isArray(answer)) return Object.entries(answer as object)
  return answer.flatMap((name, nth): [string, unknown][] =>
    nth % 2 === 0 ? [[String(name), answer[nth + 1]]] : [],
  )
}

/** To the file of the ACL, or else to the file of the settings. */
async function keepOverRestart(send: Send, { url }: RedisNode): Promise<void> {
  try {
    await send('ACL', 'SAVE').catch(() => send('CONFIG', 'REWRITE'))
  } catch (error) {
    // No answer is no verdict.
    if (!(error instanceof Error && /^(?:ERR|NOPERM) /.test(error.message))) throw error
    const remedy = 'give it an aclfile, and let the administrator ACL SAVE'
    throw new SecretError('refused', `${url.host} keeps no user over a restart: ${remedy}`)
  }
}

function refusesAdministrator({ url }: RedisNode, { user }: RedisLogin): SecretError {
  const message = `${url.host} refuses the login of ${user}: check the administrator of the family`
  return new SecretError('forbidden', message, { host: url.host })
}

function hostsOf(nodes: readonly RedisNode[]): string {
  return nodes.map(({ url }) => url.host).join(', ')
}

/** A server of Redis, and the roots that its certificate must be of. */
interface RedisNode {
  /** `rediss://HOST:PORT`; `redis://` on loopback alone. */
  readonly url: URL
  /** PEM. Default: the roots of Node.js. */
  readonly ca?: string | undefined
}

/** A login that a server is asked with. */
interface RedisLogin {
  readonly user: string
  readonly password: Secret
}

/** Sends a command; what the server answers. Rejects with the server's own error. */
type Send = (...command: readonly string[]) => Promise<unknown>

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
async function withNode<T>(
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
