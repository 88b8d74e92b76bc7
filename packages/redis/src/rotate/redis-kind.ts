import { isLoopbackName, SecretError } from '@rekey/secret'
import { SECRET_NAME, SECRET_NAME_RULE } from '@rekey/secret/internal'
import { randomValue, readAdministrator, type RotationParts } from '@rekey/secret/internal/kind'
import { createFarSideRotation, type DeclaredSecret, defineKind } from '@rekey/secret/kind'
import { readTrust, trustEntry } from '@rekey/secret/trust'
import { z } from 'zod/v4'
import { redisPassword } from '../spec/redis-password.ts'
import { redisRunbook } from '../runbook.ts'
import { createAclUser } from './acl-user.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** An ACL has names without blanks. */
const username = z.string().regex(/^[\x21-\x7e]{1,64}$/)

const entry = z.object({
  user: username.describe('the user of the ACL that the password belongs to'),
  nodes: z.array(z.url()).min(1).describe('rediss://HOST:PORT of each server, replicas too'),
  administrator: z.strictObject({
    user: username.describe('a user that may change the ACL'),
    passwordName: z
      .string()
      .regex(SECRET_NAME, SECRET_NAME_RULE)
      .describe('the secret that has its password'),
  }),
  trust: trustEntry.optional().describe('the roots of the servers; default: public ones'),
})

type Declared = DeclaredSecret<z.output<typeof entry>>

/**
 * Passwords of Redis, see README.md: `defineFamily(declaration, { kinds: [redisKind] })`.
 */
export const redisKind = defineKind({
  kind: 'redis',
  parties: ['service'],
  restartable: ['service'],
  spec: { owner: redisPassword },
  storeName: (service = '') => redisPassword().nameFor(service),
  issue: randomValue,
  schedule: { rotateAfterMs: 30 * DAY_MS, maxAgeMs: 90 * DAY_MS, staggerMs: 15 * MINUTE_MS },
  runbook: redisRunbook,
  entry,
  needs: ({ entry: { administrator } }: Declared) => ({ reads: [administrator.passwordName] }),
  async rotationOf({ name, parties: [service = ''], entry }: Declared, parts: RotationParts) {
    const ca = entry.trust && (await readTrust(entry.trust))
    const farSide = createAclUser({
      username: entry.user,
      nodes: entry.nodes.map((node) => ({ url: parseNode(node), ca })),
      administrator: readAdministrator(entry.administrator, entry.user, parts.store),
    })
    return createFarSideRotation({ ...parts, kind: 'redis', name, service, farSide })
  },
})

/** @throws {SecretError} `malformed` for another address, `refused` for one to which a password would go in clear text */
function parseNode(text: string): URL {
  const url = new URL(text)
  const { protocol, username, password, hostname, host } = url
  if (!['redis:', 'rediss:'].includes(protocol) || username !== '' || password !== '') {
    const message = 'a node is rediss://HOST:PORT, without a user or a password: correct it'
    throw new SecretError('malformed', message)
  }
  if (protocol === 'rediss:' || isLoopbackName(hostname)) return url
  const message = `a password would go to ${host} in clear text: write rediss://`
  throw new SecretError('refused', message, { host })
}
