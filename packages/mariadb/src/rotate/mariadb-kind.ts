import { isIP } from 'node:net'
import { isLoopbackName, SecretError } from '@rekey/secret'
import { SECRET_NAME, SECRET_NAME_RULE } from '@rekey/secret/internal'
import { randomValue, readAdministrator, type RotationParts } from '@rekey/secret/internal/kind'
import { createFarSideRotation, type DeclaredSecret, defineKind } from '@rekey/secret/kind'
import { readTrust, trustEntry } from '@rekey/secret/trust'
import { z } from 'zod/v4'
import { mariaDbRunbook } from '../runbook.ts'
import { mariaDbPassword } from '../spec/mariadb-password.ts'
import { createMariaDbAccount } from './mariadb-account.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const user = z.string().min(1).max(128)

const entry = z.object({
  user: user.describe('the user of the account that the password belongs to'),
  host: z.string().min(1).default('%').describe('the host of that account'),
  server: z.strictObject({
    host: z.string().min(1),
    port: z.int().min(1).max(65_535).default(3306),
    trust: z
      .union([z.literal('public'), trustEntry])
      .optional()
      .describe('the roots of its certificate; without TLS on loopback alone'),
  }),
  administrator: z.strictObject({
    user: user.describe('a user that may change the account'),
    passwordName: z
      .string()
      .regex(SECRET_NAME, SECRET_NAME_RULE)
      .describe('the secret that has its password'),
  }),
})

type Declared = DeclaredSecret<z.output<typeof entry>>

/** Passwords of MariaDB, see README.md: `defineFamily(declaration, { kinds: [mariaDbKind] })`. */
export const mariaDbKind = defineKind({
  kind: 'mariadb',
  parties: ['service'],
  restartable: ['service'],
  spec: { owner: mariaDbPassword },
  storeName: (service = '') => mariaDbPassword().nameFor(service),
  issue: randomValue,
  schedule: { rotateAfterMs: 30 * DAY_MS, maxAgeMs: 90 * DAY_MS, staggerMs: 15 * MINUTE_MS },
  runbook: mariaDbRunbook,
  entry,
  needs: ({ entry: { administrator } }: Declared) => ({ reads: [administrator.passwordName] }),
  async rotationOf({ name, parties: [service = ''], entry }: Declared, parts: RotationParts) {
    const { user, host, server, administrator } = entry
    if (server.trust === undefined && !isLoopbackName(server.host)) {
      const message = `a session with ${server.host} would be in clear text: name its trust`
      throw new SecretError('refused', message, { host: server.host })
    }
    if (server.trust !== undefined && isIP(server.host) !== 0) {
      const message = `mysql2 compares no certificate with the address ${server.host}: write the name of the server`
      throw new SecretError('refused', message, { host: server.host })
    }
    const { trust } = server
    const roots = trust === undefined || trust === 'public' ? trust : await readTrust(trust)
    const farSide = createMariaDbAccount({
      ...{ user, host, server: { ...server, trust: roots } },
      administrator: readAdministrator(administrator, user, parts.store),
    })
    return createFarSideRotation({ ...parts, kind: 'mariadb', name, service, farSide })
  },
})
