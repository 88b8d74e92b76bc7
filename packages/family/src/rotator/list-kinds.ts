import { apiKeyKind } from '@rekey/api-key-auth/rotation'
import { databaseKind } from '@rekey/db-pool-rotator/rotation'
import { oidcClientKind } from '@rekey/oidc-client/rotation'
import type { SecretStore } from '@rekey/secret'
import type { Fleet, RotationKind } from '@rekey/secret/kind'
import type pg from 'pg'
import type { Deployment } from '../deployment.ts'
import { type FamilySecret, secretsOf } from '../family-secrets.ts'
import { type AskOperator, clientProvider } from './client-provider.ts'

/** What the rotations of a family are made of. */
export interface KindParts {
  readonly family: Deployment
  readonly store: SecretStore
  /** The rotator's connections to a database of a server. */
  readonly adminPool: (server: string, database: string) => pg.Pool
  /** How long a rotation waits for replicas and sessions. Default: that of the kinds. */
  readonly deadlineMs?: number
  readonly fleet: Fleet
  readonly ask?: AskOperator
}

type MakeRotation = (secret: FamilySecret, parts: KindParts) => RotationKind | Promise<RotationKind>

/** The rotation of each kind, from what the family declares of one secret. */
const ROTATIONS = new Map<string, MakeRotation>([
  ['api-key', rotateApiKey],
  ['database', rotateDatabase],
  ['oidc-client', rotateClient],
])

/**
 * Every secret that is rotated, by what the command line calls it: `api-key frontend:signing`, `database frontend`.
 *
 * @throws {SecretError} if the store cannot give what changes the secret of a client
 */
export async function listKinds(parts: KindParts): Promise<Map<string, RotationKind>> {
  const kinds = new Map<string, RotationKind>()
  for (const secret of secretsOf(parts.family)) {
    const make = secret.isRotated ? ROTATIONS.get(secret.kind) : undefined
    if (make !== undefined) kinds.set(secret.title, await make(secret, parts))
  }
  return kinds
}

function rotateApiKey(
  { parties: [sender = '', receiver = ''] }: FamilySecret,
  parts: KindParts,
): RotationKind {
  const { validationMs, maxOverlapMs, environment } = parts.family
  const times = { validationMs, ...(maxOverlapMs !== undefined && { maxOverlapMs }) }
  const made = { environment: environment === 'production' ? 'prod' : 'dev' } as const
  return apiKeyKind.rotation({ ...asking(parts), ...made, ...times, sender, receiver })
}

function rotateDatabase({ parties: [service] }: FamilySecret, parts: KindParts): RotationKind {
  const { family, adminPool } = parts
  const place = declared(family.databases, service)
  const journalOnServer = family.journal === place.server
  const of = { ...place, admin: adminPool(place.server, place.database) }
  return databaseKind.rotation({ ...asking(parts), ...mark(family), journalOnServer, ...of })
}

async function rotateClient(
  { name, parties: [service] }: FamilySecret,
  parts: KindParts,
): Promise<RotationKind> {
  const { family, store, ask } = parts
  const client = declared(family.clients, service)
  const { clientId } = client
  const place = family.providers[client.provider]
  if (place === undefined) throw new TypeError('a deployment has the provider of each client')
  const { issuer } = place
  const provider = await clientProvider(place, { store, clientId, secretName: name, ask })
  const about = { service: client.service, issuer, clientId, provider }
  const { validationMs } = family
  return oidcClientKind.rotation({ ...about, ...asking(parts), ...mark(family), validationMs })
}

/** What the family declares of a service in one of its sections. */
function declared<T extends { readonly service: string }>(
  section: readonly T[],
  service: string | undefined,
): T {
  const found = section.find((one) => one.service === service)
  if (found === undefined) throw new TypeError('a secret has its place in the family')
  return found
}

function mark({ environment }: Deployment) {
  return { nonProduction: environment !== 'production' }
}

function asking({ deadlineMs, fleet }: KindParts) {
  return { fleet, ...(deadlineMs !== undefined && { deadlineMs }) }
}
