import { apiKeyKind } from '@rekey/api-key-auth/rotation'
import { databaseKind } from '@rekey/db-pool-rotator/rotation'
import {
  type ClientSecretProvider,
  keycloakProvider,
  oidcClientKind,
} from '@rekey/oidc-client/rotation'
import { type SecretStore, storeName } from '@rekey/secret'
import type { Fleet, RotationKind } from '@rekey/secret/kind'
import type pg from 'pg'
import { deskProvider } from './desk-provider.ts'
import type { FamilyFile, OidcClientPlace } from './family-file.ts'

/** What the kinds of a family are made of. */
export interface KindParts {
  readonly family: Pick<
    FamilyFile,
    'environment' | 'journal' | 'apiKeys' | 'databases' | 'client' | 'validationMs' | 'maxOverlapMs'
  >
  readonly store: SecretStore
  /** The rotator's connections to the database of a service. */
  readonly adminPool: (database: string) => pg.Pool
  /** How long a rotation waits for replicas and sessions. Default: that of the kinds. */
  readonly deadlineMs?: number
  readonly fleet: Fleet
}

/**
 * Every secret that is rotated, by what the command line calls it: `api-key frontend:signing`, `database frontend`.
 *
 * @throws {SecretError} if the store cannot give what changes the client's secret
 */
export async function listKinds(parts: KindParts): Promise<Map<string, RotationKind>> {
  const { client } = parts.family
  const kinds = new Map([...apiKeyKinds(parts), ...databaseKinds(parts)])
  return client === undefined ? kinds : kinds.set(...(await clientKind(client, parts)))
}

type TitledKind = readonly [title: string, kind: RotationKind]

function apiKeyKinds({ family, ...parts }: KindParts): TitledKind[] {
  const { validationMs, maxOverlapMs } = family
  const environment = family.environment === 'production' ? 'prod' : 'dev'
  const times = { validationMs, ...(maxOverlapMs !== undefined && { maxOverlapMs }) }
  const common = { ...asking(parts), environment, ...times } as const
  return family.apiKeys.map((pair) => {
    const [sender = '', receiver = ''] = pair.split(':')
    return [`api-key ${pair}`, apiKeyKind({ ...common, sender, receiver })]
  })
}

function databaseKinds({ family, adminPool, ...parts }: KindParts): TitledKind[] {
  const journalOnServer = family.journal === 'database'
  const common = { ...asking(parts), ...mark(family), journalOnServer }
  return family.databases.map(({ service, database = service, ownerRole = service }) => {
    const of = { service, ownerRole, admin: adminPool(database) }
    return [`database ${service}`, databaseKind({ ...common, ...of })]
  })
}

async function clientKind(client: OidcClientPlace, parts: KindParts): Promise<TitledKind> {
  const { service, issuer, clientId } = client
  const { family, store } = parts
  const { validationMs } = family
  const provider = await providerOf(client, store)
  const about = { service, issuer, clientId, provider, validationMs, ...mark(family) }
  return [`oidc-client ${service}`, oidcClientKind({ ...about, ...asking(parts) })]
}

async function providerOf(
  { service, clientId, provider }: OidcClientPlace,
  store: SecretStore,
): Promise<ClientSecretProvider> {
  if (provider.kind === 'desk') {
    const secretName = storeName('oidc-client-secret', [service])
    return deskProvider({ url: provider.url, secretName }, store)
  }
  const { url, realm, manager } = provider
  const secret = (await store.read(manager.secretName)).current.value
  return keycloakProvider({ url, realm, clientId, manager: { ...manager, secret } })
}

function mark({ environment }: Pick<FamilyFile, 'environment'>) {
  return { nonProduction: environment !== 'production' }
}

function asking({ deadlineMs, fleet }: Pick<KindParts, 'deadlineMs' | 'fleet'>) {
  return { fleet, ...(deadlineMs !== undefined && { deadlineMs }) }
}
