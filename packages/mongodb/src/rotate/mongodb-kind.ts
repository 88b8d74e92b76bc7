import { SECRET_NAME, SECRET_NAME_RULE } from '@rekey/secret/internal'
import { readAdministrator, type RotationParts } from '@rekey/secret/internal/kind'
import { createFarSideRotation, type DeclaredSecret, defineKind } from '@rekey/secret/kind'
import { readTrust, trustEntry } from '@rekey/secret/trust'
import { z } from 'zod/v4'
import { mongoDbRunbook } from '../runbook.ts'
import { mongoDbLogin, parseLogin } from '../spec/mongodb-login.ts'
import { createAdministration } from './administration.ts'
import { createServiceUser } from './mongo-user.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const entry = z.object({
  administrator: z.strictObject({
    user: z.string().min(1).describe('a user with the role userAdminAnyDatabase'),
    passwordName: z
      .string()
      .regex(SECRET_NAME, SECRET_NAME_RULE)
      .describe('the secret that has its password'),
    authSource: z.string().min(1).default('admin').describe('the database that has the user'),
  }),
  listsSessions: z
    .boolean()
    .default(true)
    .describe('whether the server lists sessions by $currentOp, as FerretDB does not'),
  trust: trustEntry.optional().describe('the roots of the server; default: public ones'),
})

type Declared = DeclaredSecret<z.output<typeof entry>>

/** Logins of MongoDB, see README.md: `defineFamily(declaration, { kinds: [mongoDbKind] })`. */
export const mongoDbKind = defineKind({
  kind: 'mongodb',
  parties: ['service'],
  restartable: ['service'],
  spec: { owner: mongoDbLogin },
  storeName: (service = '') => mongoDbLogin().nameFor(service),
  schedule: { rotateAfterMs: 30 * DAY_MS, maxAgeMs: 90 * DAY_MS, staggerMs: 15 * MINUTE_MS },
  runbook: mongoDbRunbook,
  entry,
  needs: ({ entry: { administrator } }: Declared) => ({ reads: [administrator.passwordName] }),
  async rotationOf({ name, parties: [service = ''], entry }: Declared, parts: RotationParts) {
    const { trust, listsSessions, administrator } = entry
    const { authSource } = administrator
    const current = async () => parseLogin((await parts.store.read(name)).current.value.expose())
    const ca = trust && (await readTrust(trust))
    const administration = createAdministration(async () => {
      const { user } = await current()
      return { authSource, ...(await readAdministrator(administrator, user, parts.store)()) }
    }, ca)
    const { nonProduction } = parts
    const farSide = createServiceUser({
      ...{ name, current, administration, ca, listsSessions, nonProduction },
    })
    return createFarSideRotation({ ...parts, kind: 'mongodb', name, service, farSide })
  },
})
