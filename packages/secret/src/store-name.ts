import { SecretError } from './errors.ts'

/** The longest name of a service: a DNS label (RFC 1123), as in Kubernetes. */
const MAX_SERVICE_NAME = 63

const SERVICE_NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/

/** Names whose secret would read as a stage (`…__PENDING`) or as the file (`…_FILE`) of another secret. */
const RESERVED = /^(?:pending|previous)$|(?:^|-)file$/

/** How the name of a service is written, for messages of schemas. */
export const SERVICE_NAME_RULE =
  'a service name is a small letter, then small letters and digits, in parts joined by single hyphens, 63 characters at most; not pending, previous, or ending in file as a part'

/** Matches the name of a secret in every store. */
export const SECRET_NAME = /^[A-Z][A-Z0-9_]*$/

/** How the name of a secret is written, for messages of schemas. */
export const SECRET_NAME_RULE = 'write the name of a secret in the store, such as DATABASE_ROTATOR'

/** Checks whether `name` can name a service in every store, database and cluster. */
export function isServiceName(name: string): boolean {
  return name.length <= MAX_SERVICE_NAME && SERVICE_NAME.test(name) && !RESERVED.test(name)
}

/**
 * Makes the name of a secret in the store from its kind and its parties, in their order: `DATABASE_VPN_FRONTEND`,
 * `API_KEY_FRONTEND_SIGNING`. Where a party of several has a hyphen, two underscores part them, so that `a-b` to `c` and `a` to
 * `b-c` have two names: `API_KEY_VPN_FRONTEND__SIGNING`. Two secrets never have one name, and each name is valid in every store.
 *
 * @throws {SecretError} `malformed` for a party that is no service name
 * @example
 * ```ts
 * storeName('api-key', ['vpn-frontend', 'signing']) // API_KEY_VPN_FRONTEND__SIGNING
 * ```
 */
export function storeName(kind: string, parties: readonly string[]): string {
  const wrong = parties.find((party) => !isServiceName(party))
  if (wrong !== undefined) {
    throw new SecretError(
      'malformed',
      `${JSON.stringify(wrong)} is no service: ${SERVICE_NAME_RULE}`,
    )
  }
  const separator = parties.some((party) => party.includes('-')) ? '__' : '_'
  return `${toWords(kind)}_${parties.map(toWords).join(separator)}`
}

function toWords(name: string): string {
  return name.replaceAll('-', '_').toUpperCase()
}
