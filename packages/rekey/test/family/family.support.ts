import { apiKeyFrom, apiKeyTo } from '@rekey/api-key-auth'
import { caPassphrase } from '@rekey/ca-keystore'
import { oidcClient } from '@rekey/oidc-client'
import { postgresLogin } from '@rekey/db-pool-rotator'
import type { SecretSpec } from '@rekey/secret'
import type { DeclaredSecrets } from '../../src/family/access/service-secret.ts'
import type { FamilyDeclaration } from '../../src/family/schema.ts'

/** A service whose name is as long as a name may be. */
export const LONG = `cert-${'log-'.repeat(14)}2x`.slice(0, 63)

/** Two PostgreSQL servers; service, database and owner role bear three names. */
export const SHOP = {
  services: ['shop-front', 'billing', LONG],
  secrets: {
    'api-key': ['shop-front:billing', `billing:${LONG}`],
    'ca-passphrase': ['billing'],
  },
  servers: { main: { admin: 'DATABASE_ROTATOR' }, archive: { admin: 'ARCHIVE_ROTATOR' } },
  databases: [
    { service: 'shop-front', database: 'Shop portal', ownerRole: 'portal-owner' },
    { service: LONG, server: 'archive', database: 'log', ownerRole: 'log_owner' },
  ],
  clients: [
    { service: 'shop-front', clientId: 'shop', provider: 'staff' },
    { service: 'billing', clientId: 'billing-app', provider: 'partners' },
  ],
} satisfies FamilyDeclaration

const DEFINED = new Map<string, Readonly<Record<string, SecretSpec>>>([
  [
    'shop-front',
    {
      key: apiKeyTo('billing'),
      oidc: oidcClient(),
      database: postgresLogin({ ownerRole: 'portal-owner' }),
    },
  ],
  [
    'billing',
    {
      caller: apiKeyFrom('shop-front'),
      record: apiKeyTo(LONG),
      oidc: oidcClient(),
      ca: caPassphrase(),
    },
  ],
  [LONG, { caller: apiKeyFrom('billing'), database: postgresLogin({ ownerRole: 'log_owner' }) }],
])

/** What the services of {@link SHOP} declare, in agreement with it. */
export const DEFINITIONS: readonly DeclaredSecrets[] = [...DEFINED].map(([name, secrets]) => ({
  name,
  secrets,
  file: `services/${name}/src/secrets.ts`,
}))

/** A secret as a service of {@link SHOP} declares it. */
export function specOf(service: string, key: string): SecretSpec {
  const spec = DEFINED.get(service)?.[key]
  if (spec === undefined) throw new Error(`${service} declares no ${key}`)
  return spec
}
