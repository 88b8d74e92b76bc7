import { NON_PRODUCTION_PREFIX, type SecretSpec, storeName } from '@rekey/secret'
import { type DatabaseCredentials, MIN_PASSWORD_LENGTH, parseDatabaseUrl } from './database-url.ts'
import { findOtherDatabases } from './other-databases.ts'
import { proveLogin } from './prove-login.ts'

/** Options of {@link postgresLogin}. */
export interface PostgresLoginOptions {
  /** The role that every session must act as. Absent: any. */
  readonly ownerRole?: string
  /** How long the probe may take. Default: 5 seconds. */
  readonly timeoutMs?: number
}

/**
 * A service's own login at PostgreSQL. The text in the store is one DSN, so user and password are always of one version.
 *
 * The probe logs in on a connection of its own and checks whom the session acts as. Other databases to which the login may connect are its
 * excess.
 */
export function postgresLogin(options: PostgresLoginOptions = {}): SecretSpec<DatabaseCredentials> {
  const { ownerRole, timeoutMs } = options
  return {
    kind: 'database',
    rule: `postgresql://USER:PASSWORD@HOST:PORT/DATABASE, password of at least ${MIN_PASSWORD_LENGTH} characters`,
    access: { end: 'owner' },
    minLength: MIN_PASSWORD_LENGTH,
    ...(ownerRole !== undefined && { expects: { ownerRole } }),
    nameFor: (service) => storeName('database', [service]),
    parse(text) {
      const value = parseDatabaseUrl(text)
      return {
        value,
        id: value.user,
        sensitive: [value.password],
        nonProduction: value.password.startsWith(NON_PRODUCTION_PREFIX),
      }
    },
    async probe(version, { signal }) {
      await proveLogin(version.value, ownerRole, {
        signal,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      })
    },
    excess: ({ value }, { signal }) => findOtherDatabases(value, { signal, timeoutMs }),
  }
}
