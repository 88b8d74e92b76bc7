import type { StoreDefinition } from '@rekey/secret/internal'
import type { SecretKind } from '@rekey/secret/kind'

/** Kinds of secret by their names. */
export type KindTable = ReadonlyMap<string, SecretKind>

/** Loads each kind that every family may declare. A process loads those alone that its families declare. */
const LOADERS: ReadonlyMap<string, () => Promise<SecretKind>> = new Map<
  string,
  () => Promise<SecretKind>
>([
  ['api-key', async () => (await import('@rekey/api-key-auth/internal/rotate')).apiKeyKind],
  ['database', async () => (await import('@rekey/db-pool-rotator/internal/rotate')).databaseKind],
  ['oidc-client', async () => (await import('@rekey/oidc-client/internal/rotate')).oidcClientKind],
  ['tls', loadTls],
  [
    'integration',
    async () => (await import('@rekey/integration-secret/internal/rotate')).integrationKind,
  ],
  ['ca-passphrase', async () => (await import('@rekey/ca-keystore/internal')).caPassphraseKind],
  ['log-key', async () => (await import('@rekey/audit-log/internal/transparency')).logKeyKind],
  [
    'rotator-login',
    async () => (await import('@rekey/db-pool-rotator/internal/rotate')).rotatorLoginKind,
  ],
])

/** The function that makes the requests comes with the keystores of CAs: a rotation alone loads them. */
async function loadTls(): Promise<SecretKind> {
  const { defineTlsKind } = await import('@rekey/tls-identity/internal/rotate')
  return defineTlsKind(async (subject) =>
    (await import('@rekey/ca-keystore/internal')).createSigningRequest(subject),
  )
}

const loaded = new Map<string, SecretKind>()

/** The names of the kinds that every family may declare. */
export const KIND_NAMES: readonly string[] = [...LOADERS.keys()]

/** Loads the kinds of those names; names of others are left to the family that brings them. */
export async function loadKinds(names: Iterable<string>): Promise<void> {
  for (const name of new Set(names)) {
    const load = loaded.has(name) ? undefined : LOADERS.get(name)
    if (load !== undefined) keepKinds([await load()])
  }
}

/** Has these kinds loaded from then on. */
export function keepKinds(kinds: readonly SecretKind[]): void {
  for (const kind of kinds) loaded.set(kind.kind, kind)
}

/** Where a family keeps the kinds that it brings along: a symbol, so that no file can set it. */
export const OWN_KINDS: unique symbol = Symbol.for('rekey.family.kinds')

/** A value that may bring kinds along. */
export interface WithKinds {
  readonly [OWN_KINDS]?: readonly SecretKind[]
}

/** Where a family keeps the stores that it brings along. */
export const OWN_STORES: unique symbol = Symbol.for('rekey.family.stores')

/** A value that may bring stores along. */
export interface WithStores {
  readonly [OWN_STORES]?: readonly StoreDefinition[]
}

/** Returns the kinds that are loaded, those of the family among them, and its own. */
export function kindsOf({ [OWN_KINDS]: own = [] }: WithKinds): KindTable {
  const known = KIND_NAMES.flatMap((name) => loaded.get(name) ?? [])
  return new Map([...known, ...own].map((kind) => [kind.kind, kind]))
}
