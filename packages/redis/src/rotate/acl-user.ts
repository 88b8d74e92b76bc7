import { createHash, timingSafeEqual } from 'node:crypto'
import { type Secret, SecretError } from '@rekey/secret'
import type { FarSide } from '@rekey/secret/kind'
import { type RedisLogin, type RedisNode, type Send, withNode } from './redis-node.ts'

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
