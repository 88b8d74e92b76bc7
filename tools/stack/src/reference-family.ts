import { readFileSync } from 'node:fs'
import {
  type FamilySecret,
  namesReadByRotator,
  parseFamily,
  rotatedNames,
  secretsOf,
} from '@rekey/family'
import { DESK_TOKEN } from './client-secret-desk.ts'

const FILE = new URL('../../../family.json', import.meta.url)

/** The family of services that a stack starts, as this repository declares it. */
export const REFERENCE = parseFamily(JSON.parse(readFileSync(FILE, 'utf8')), 'family.json')

/** The services that have a database. */
export const DATABASE_SERVICES = REFERENCE.databases.map(({ service }) => service)

/** The login of the rotator. */
export const ROTATOR_LOGIN = 'DATABASE_ROTATOR'

/** The secret of the client that frontend is. */
export const CLIENT_SECRET = nameOf('oidc-client', 'frontend')

/** What opens the issuing CA. */
export const CA_PASSPHRASE = nameOf('ca-passphrase', 'signing')

/** What the rotator changes. */
export const ROTATED_SECRETS: readonly string[] = rotatedNames(REFERENCE)

/** What the rotator only reads. */
export const ROTATOR_SECRETS: readonly string[] = [...namesReadByRotator(REFERENCE), DESK_TOKEN]

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
