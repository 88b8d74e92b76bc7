import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineFamily } from '@rekey/rekey'
import { type Family, type FamilySecret, leastRights, secretsOf } from '@rekey/rekey/internal'
import { signingSecretKind } from '@rekey/signing-keys/rotate'
import type { Trust } from '@rekey/secret/trust'
import { compileModule } from '@rekey/testbed'
import { ADAPTER_TOKEN } from './client-secret-adapter.ts'
import { writePrivateFile } from './stores/private-file.ts'

const LATER = 'https://localhost'
const FILE = new URL('../../../family.json', import.meta.url)

type Declared = Parameters<typeof defineFamily>[0] & { kinds?: unknown }
const declared = JSON.parse(readFileSync(FILE, 'utf8')) as Declared
// Imported above: a stack runs from its sources, where no package is built.
delete declared.kinds
const { leaks } = declared.policy ?? {}

/** The family of services that a stack starts, as this repository declares it, which rotates at all hours and without an order. */
export const REFERENCE = defineFamily(
  { ...declared, policy: { leaks } },
  { kinds: [signingSecretKind] },
)

/** The services that have a database. */
export const DATABASE_SERVICES = REFERENCE.databases.map(({ service }) => service)

/** The login of the rotator. */
export const ROTATOR_LOGIN = 'DATABASE_ROTATOR'

/** The secret of the client that frontend is. */
export const CLIENT_SECRET = nameOf('oidc-client', 'frontend')

/** The passphrase of the issuing CA. */
export const CA_PASSPHRASE = nameOf('ca-passphrase', 'signing')

/** The key that signs the checkpoints of the log. */
export const LOG_KEY = nameOf('log-key', 'certtransparency')

/** Where the client secret is changed; its addresses are known once the provider runs, and grant nothing. */
const PROVIDERS: Family['providers'] = {
  main: { kind: 'adapter', issuer: LATER, url: LATER, tokenName: ADAPTER_TOKEN },
}

/**
 * The least rights of a service, or of `rotator`, in a store.
 *
 * @param borrows whether the store makes the logins of the services
 */
export async function rightsOf(who: string, locator: string, borrows = false): Promise<string> {
  const databases = lendingDatabases(borrows)
  const secrets = { ...REFERENCE.secrets, integration: integrationsAt(LATER) }
  const family = { ...REFERENCE, secrets, databases, providers: PROVIDERS }
  const all = await leastRights(family, locator)
  const found = all.find((rights) => rights.who === who)
  if (found === undefined) throw new Error(`family.json has no service ${who}`)
  return found.text
}

/** The databases of the family, with logins that the store makes, or the rotator. */
export function lendingDatabases(borrows: boolean): Family['databases'] {
  return REFERENCE.databases.map((place) => {
    return { ...place, lent: borrows && `database/creds/${place.service}` }
  })
}

/** The credential of frontend at the third party that takes its notices. */
export const NOTICES_SECRET = nameOf('integration', 'frontend')

/** The name of the key that signs requests to the adapter of that third party. */
export const ADAPTER_KEY = 'NOTICES_ADAPTER_KEY'

/** The credentials at third parties: those of a stack are changed by the adapter at `url`. */
export function integrationsAt(url: string, trust?: Trust): Family['secrets'][string] {
  const provider = { kind: 'adapter', url, keyName: ADAPTER_KEY, ...(trust && { trust }) }
  return [{ service: 'frontend', name: 'notices', provider }]
}

/** The secret of frontend's sessions, which a stack waits for as long as `lifeMs`. */
export function sessionsOf(lifeMs: number): Family['secrets'][string] {
  return [{ service: 'frontend', name: 'session', lifeMs }]
}

const KINDS = new URL('../../../packages/signing-keys/src/rotate/index.ts', import.meta.url)

/** Writes the module that brings its kind, for those who read the file of the family. */
export async function writeKinds(directory: string): Promise<string> {
  const text = `export * from ${JSON.stringify(await compileModule(fileURLToPath(KINDS)))}\n`
  return writePrivateFile(directory, 'kinds.mjs', text)
}

/** The name in the store of that secret. */
export const SESSION_SECRET = nameOf('signing-secret', 'frontend')

/** The services that serve TLS. */
export const TLS_SERVICES = secretsOfKind('tls').map(({ parties: [service = ''] }) => service)

/** The secrets of one kind. */
export function secretsOfKind(kind: string): FamilySecret[] {
  return secretsOf(REFERENCE).filter((secret) => secret.kind === kind)
}

/** The name in the store of the secret of this kind that a service holds. */
export function nameOf(kind: string, service: string): string {
  const secret = secretsOfKind(kind).find(({ parties }) => parties[0] === service)
  if (secret === undefined) throw new Error(`family.json declares no ${kind} of ${service}`)
  return secret.name
}
