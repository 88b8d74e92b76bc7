import { apiKeyKind } from '@rekey/api-key-auth/internal/rotate'
import { caPassphraseKind, createSigningRequest } from '@rekey/ca-keystore/internal'
import { databaseKind, rotatorLoginKind } from '@rekey/db-pool-rotator/internal/rotate'
import { integrationKind } from '@rekey/integration-secret/internal/rotate'
import { oidcClientKind } from '@rekey/oidc-client/internal/rotate'
import type { SecretKind } from '@rekey/secret/kind'
import { defineTlsKind } from '@rekey/tls-identity/internal/rotate'
import { logKeyKind } from '@rekey/audit-log/internal/transparency'

const ALL: readonly SecretKind[] = [
  apiKeyKind,
  databaseKind,
  oidcClientKind,
  defineTlsKind(createSigningRequest),
  integrationKind,
  caPassphraseKind,
  logKeyKind,
  rotatorLoginKind,
]

/** Kinds of secret by their names. */
export type KindTable = ReadonlyMap<string, SecretKind>

/** The kinds of secret that every family may declare, by name. */
export const KINDS: KindTable = new Map(ALL.map((kind) => [kind.kind, kind]))

/** Where a family keeps the kinds that it brings along: a symbol, so that no file can set it. */
export const OWN_KINDS: unique symbol = Symbol.for('rekey.family.kinds')

/** A value that may bring kinds along. */
export interface WithKinds {
  readonly [OWN_KINDS]?: readonly SecretKind[]
}

/** Returns the kinds that a family may declare: all of {@link KINDS}, and its own. */
export function kindsOf({ [OWN_KINDS]: own = [] }: WithKinds): KindTable {
  return new Map([...KINDS, ...own.map((kind) => [kind.kind, kind] as const)])
}
