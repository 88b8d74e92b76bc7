import { accountWorld } from './account-kind.ts'
import { apiKeyWorld } from './api-key-kind.ts'
import { awsDialect } from './aws-dialect.ts'
import { certificateWorld } from './certificate-kind.ts'
import { clientSecretWorld } from './client-secret-kind.ts'
import type { FleetModel } from './fleet-model.ts'
import { integrationWorld } from './integration-kind.ts'
import { kafkaDialect } from './kafka-dialect.ts'
import type { KindWorld } from './kind-world.ts'
import { loginWorld } from './login-kind.ts'
import { mariadbDialect } from './mariadb-dialect.ts'
import { mongodbDialect } from './mongodb-dialect.ts'
import type { Network } from './network.ts'
import { rabbitmqDialect } from './rabbitmq-dialect.ts'
import { redisDialect } from './redis-dialect.ts'
import { signingWorld } from './signing-kind.ts'
import { FIELD, SESSION, TOKEN, WEBHOOK } from './signing-rows.ts'
import type { TlsNetwork } from './tls-network.ts'
import type { WorldParts } from './world-parts.ts'

/** What the kinds of a family have in common. */
interface Around {
  readonly network: Network
  readonly tls: TlsNetwork
  readonly fleet: FleetModel
  /** The names of the replicas of beta over time. */
  readonly receivers: string[]
}

type Make = (parts: WorldParts, around: Around) => KindWorld | Promise<KindWorld>

/** Every kind of secret that a family may have, by its title. */
const KINDS = {
  'database login': (parts) => loginWorld(parts),
  'API key': apiKeyWorld,
  'client secret, provider holds 2': (parts, { network }) =>
    clientSecretWorld(parts, { network, service: 'alpha', holds: 2 }),
  'client secret, provider holds 1': (parts, { network }) =>
    clientSecretWorld(parts, { network, service: 'beta', holds: 1 }),
  'integration secret': (parts, { network }) => integrationWorld(parts, network),
  certificate: (parts, { tls, fleet }) => certificateWorld(parts, { network: tls, fleet }),
  'password of Redis': (parts, { network }) => accountWorld(redisDialect, parts, network),
  'password of MariaDB': (parts, { network }) => accountWorld(mariadbDialect, parts, network),
  'login of MongoDB': (parts, { network }) => accountWorld(mongodbDialect, parts, network),
  'login of RabbitMQ': (parts, { network }) => accountWorld(rabbitmqDialect, parts, network),
  'login of Kafka': (parts, { network }) => accountWorld(kafkaDialect, parts, network),
  'access key of AWS': (parts, { network }) => accountWorld(awsDialect, parts, network),
  'session secret': (parts, { network }) => signingWorld(SESSION, parts, network),
  'webhook secret': (parts, { network }) => signingWorld(WEBHOOK, parts, network),
  'key of tokens': (parts, { network }) => signingWorld(TOKEN, parts, network),
  'key of fields': (parts, { network }) => signingWorld(FIELD, parts, network),
} as const satisfies Readonly<Record<string, Make>>

export type Title = keyof typeof KINDS

/** The titles of all of them. */
export const TITLES = Object.keys(KINDS) as Title[]

/** Makes the secrets of a family, in a fixed order. */
export async function secretsOf(
  titles: readonly Title[],
  parts: WorldParts,
  around: Around,
): Promise<readonly KindWorld[]> {
  const wanted = TITLES.filter((title) => titles.includes(title))
  const made: KindWorld[] = []
  for (const title of wanted) made.push(await (KINDS[title] as Make)(parts, around))
  return made
}
