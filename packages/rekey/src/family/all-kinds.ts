import { apiKeyKind } from '@rekey/api-key-auth/internal/rotate'
import { logKeyKind } from '@rekey/audit-log/internal/transparency'
import { caPassphraseKind, createSigningRequest } from '@rekey/ca-keystore/internal'
import { databaseKind, rotatorLoginKind } from '@rekey/db-pool-rotator/internal/rotate'
import { integrationKind } from '@rekey/integration-secret/internal/rotate'
import { oidcClientKind } from '@rekey/oidc-client/internal/rotate'
import type { SecretKind } from '@rekey/secret/kind'
import { defineTlsKind } from '@rekey/tls-identity/internal/rotate'
import type { KindTable } from './kinds.ts'

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

/** The kinds of secret that every family may declare, by name. */
export const KINDS: KindTable = new Map(ALL.map((kind) => [kind.kind, kind]))
