import { storeName } from '@rekey/secret'
import { DESK_TOKEN } from './client-secret-desk.ts'

/** The pairs that share an API key, sender first. */
export const API_KEY_PAIRS = [
  ['frontend', 'signing'],
  ['signing', 'certtransparency'],
] as const

/** The services that have a database. Database, owner role and service bear one name. */
export const DATABASE_SERVICES = ['frontend', 'certtransparency'] as const

/** The login of the rotator. */
export const ROTATOR_LOGIN = 'DATABASE_ROTATOR'

/** The secret of the client that frontend is. */
export const CLIENT_SECRET = 'OIDC_CLIENT_SECRET_FRONTEND'

/** What opens the issuing CA. */
export const CA_PASSPHRASE = 'CA_PASSPHRASE_SIGNING'

/** The secrets that each service reads: a store lets it read no others. */
export const SERVICE_SECRETS: Readonly<Record<string, readonly string[]>> = {
  frontend: ['DATABASE_FRONTEND', 'API_KEY_FRONTEND_SIGNING', CLIENT_SECRET],
  signing: ['API_KEY_FRONTEND_SIGNING', 'API_KEY_SIGNING_CERTTRANSPARENCY', CA_PASSPHRASE],
  certtransparency: ['DATABASE_CERTTRANSPARENCY', 'API_KEY_SIGNING_CERTTRANSPARENCY'],
}

/** What the rotator changes. */
export const ROTATED_SECRETS: readonly string[] = [
  ...API_KEY_PAIRS.map(apiKeyName),
  ...DATABASE_SERVICES.map(databaseName),
  CLIENT_SECRET,
]

/** What the rotator only reads. */
export const ROTATOR_SECRETS: readonly string[] = [ROTATOR_LOGIN, DESK_TOKEN]

/** The name of a pair's key in the store. */
export function apiKeyName([sender, receiver]: readonly [string, string]): string {
  return storeName('api-key', [sender, receiver])
}

/** The name of a service's login in the store. */
export function databaseName(service: string): string {
  return storeName('database', [service])
}
