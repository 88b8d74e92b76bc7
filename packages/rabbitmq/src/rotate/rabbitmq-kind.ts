import { SECRET_NAME, SECRET_NAME_RULE } from '@rekey/secret/internal'
import { callingOf, readAdministrator, type RotationParts } from '@rekey/secret/internal/kind'
import { createFarSideRotation, type DeclaredSecret, defineKind } from '@rekey/secret/kind'
import { readTrust, trustEntry } from '@rekey/secret/trust'
import { parseSecureUrl } from '@rekey/secret'
import { z } from 'zod/v4'
import { rabbitMqRunbook } from '../runbook.ts'
import { parseLogin, rabbitMqLogin } from '../spec/rabbitmq-login.ts'
import { createBrokerUser } from './rabbitmq-user.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const entry = z.object({
  management: z.url().describe('https://HOST:PORT of the management API'),
  administrator: z.strictObject({
    user: z.string().min(1).max(255).describe('a user with the tag administrator'),
    passwordName: z
      .string()
      .regex(SECRET_NAME, SECRET_NAME_RULE)
      .describe('the secret that has its password'),
  }),
  trust: trustEntry.optional().describe('the roots of the broker; default: public ones'),
})

type Declared = DeclaredSecret<z.output<typeof entry>>

/** Logins of RabbitMQ, see README.md: `defineFamily(declaration, { kinds: [rabbitMqKind] })`. */
export const rabbitMqKind = defineKind({
  kind: 'rabbitmq',
  parties: ['service'],
  restartable: ['service'],
  spec: { owner: rabbitMqLogin },
  storeName: (service = '') => rabbitMqLogin().nameFor(service),
  schedule: { rotateAfterMs: 30 * DAY_MS, maxAgeMs: 90 * DAY_MS, staggerMs: 15 * MINUTE_MS },
  runbook: rabbitMqRunbook,
  entry,
  needs: ({ entry: { administrator } }: Declared) => ({ reads: [administrator.passwordName] }),
  async rotationOf({ name, parties: [service = ''], entry }: Declared, parts: RotationParts) {
    const { trust, administrator } = entry
    const { fetch = globalThis.fetch } = await callingOf(trust, parts)
    const management = {
      url: parseSecureUrl(entry.management, 'the address of the management API'),
      fetch,
      administrator: async () => {
        const { current } = await parts.store.read(name)
        const { user } = parseLogin(current.value.expose())
        return readAdministrator(administrator, user, parts.store)()
      },
    }
    const ca = trust && (await readTrust(trust))
    const { nonProduction } = parts
    const farSide = createBrokerUser({ name, management, ca, nonProduction })
    return createFarSideRotation({ ...parts, kind: 'rabbitmq', name, service, farSide })
  },
})
