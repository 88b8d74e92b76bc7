import { isLoopbackName, SecretError } from '@rekey/secret'
import { SECRET_NAME, SECRET_NAME_RULE } from '@rekey/secret/internal'
import { readAdministrator, type RotationParts } from '@rekey/secret/internal/kind'
import { createFarSideRotation, type DeclaredSecret, defineKind } from '@rekey/secret/kind'
import { readTrust, trustEntry } from '@rekey/secret/trust'
import { z } from 'zod/v4'
import { kafkaRunbook } from '../runbook.ts'
import { kafkaLogin, parseLogin } from '../spec/kafka-login.ts'
import type { Cluster } from './broker-connection.ts'
import { createKafkaUser } from './kafka-user.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const entry = z.object({
  brokers: z
    .array(z.string().regex(/^[\w.-]+:\d{1,5}$/, 'write HOST:PORT'))
    .min(1)
    .describe('HOST:PORT of some brokers, at a listener with SASL'),
  mechanism: z.enum(['SCRAM-SHA-256', 'SCRAM-SHA-512']).default('SCRAM-SHA-512'),
  tls: z.boolean().default(true).describe('false for SASL_PLAINTEXT, on loopback alone'),
  administrator: z.strictObject({
    user: z.string().min(1).max(200).describe('a user with ALTER and ALTER_CONFIGS on the cluster'),
    passwordName: z
      .string()
      .regex(SECRET_NAME, SECRET_NAME_RULE)
      .describe('the secret that has its password'),
  }),
  trust: trustEntry.optional().describe('the roots of the brokers; default: public ones'),
})

type Declared = DeclaredSecret<z.output<typeof entry>>

/** Logins of Kafka, see README.md: `defineFamily(declaration, { kinds: [kafkaKind] })`. */
export const kafkaKind = defineKind({
  kind: 'kafka',
  parties: ['service'],
  restartable: ['service'],
  spec: { owner: kafkaLogin },
  storeName: (service = '') => kafkaLogin().nameFor(service),
  schedule: { rotateAfterMs: 30 * DAY_MS, maxAgeMs: 90 * DAY_MS, staggerMs: 15 * MINUTE_MS },
  runbook: kafkaRunbook,
  entry,
  needs: ({ entry: { administrator } }: Declared) => ({ reads: [administrator.passwordName] }),
  async rotationOf({ name, parties: [service = ''], entry }: Declared, parts: RotationParts) {
    const { trust, administrator, brokers, mechanism, tls } = entry
    if (!tls) brokers.forEach(requireLoopback)
    const cluster: Cluster = {
      ...{ brokers, mechanism, tls, ca: trust && (await readTrust(trust)) },
      async administrator() {
        const { current } = await parts.store.read(name)
        const { user } = parseLogin(current.value.expose())
        return readAdministrator(administrator, user, parts.store)()
      },
    }
    const farSide = createKafkaUser({ name, cluster, nonProduction: parts.nonProduction })
    return createFarSideRotation({ ...parts, kind: 'kafka', name, service, farSide })
  },
})

/** @throws {SecretError} `refused` for a broker to which a credential would go in clear text */
function requireLoopback(broker: string): void {
  if (isLoopbackName(broker.slice(0, broker.lastIndexOf(':')))) return
  const message = `a credential would go to ${broker} in clear text: leave out tls: false`
  throw new SecretError('refused', message, { host: broker })
}
