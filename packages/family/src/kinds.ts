import { apiKeyKind } from '@rekey/api-key-auth/rotation'
import { caPassphraseKind } from '@rekey/ca-keystore'
import { databaseKind } from '@rekey/db-pool-rotator/rotation'
import { oidcClientKind } from '@rekey/oidc-client/rotation'
import type { SecretKind } from '@rekey/secret/kind'
import { tlsKind } from '@rekey/tls-identity/rotation'

const ALL: readonly SecretKind[] = [
  apiKeyKind,
  databaseKind,
  oidcClientKind,
  tlsKind,
  caPassphraseKind,
]

/** The kinds of secret that a family may declare, by name. */
export const KINDS: ReadonlyMap<string, SecretKind> = new Map(ALL.map((kind) => [kind.kind, kind]))
