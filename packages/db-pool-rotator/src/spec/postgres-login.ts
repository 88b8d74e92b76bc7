import { NON_PRODUCTION_PREFIX, type Secret, type SecretSpec, storeName } from '@rekey/secret'
import pg from 'pg'
import { type DatabaseCredentials, MIN_PASSWORD_LENGTH, parseDatabaseUrl } from './database-url.ts'
import { proveLogin } from './prove-login.ts'
import { openConnection } from '../connection/open-connection.ts'
import { describeDatabaseError } from './database-error.ts'

const TIMEOUT_MS = 5_000

const OTHERS = `select d.datname as name from pg_catalog.pg_database d
  where d.datallowconn and d.datname <> pg_catalog.current_database()
    and pg_catalog.has_database_privilege(d.oid, 'connect') order by 1`

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

/**
 * Lists the other databases of its server to which a service's login may connect, each with the statement that ends that. PostgreSQL gives
 * CONNECT to PUBLIC in each database; in that of a journal, one service could then hold up the rotation of another.
 *
 * @throws {SecretError} as `openConnection`
 */
async function findOtherDatabases(
  login: Secret<DatabaseCredentials>,
  { signal, timeoutMs = TIMEOUT_MS }: { signal: AbortSignal; timeoutMs?: number | undefined },
): Promise<string[]> {
  signal.throwIfAborted()
  const limits = { connectTimeoutMs: timeoutMs, statementTimeoutMs: timeoutMs }
  await using client = await openConnection(login.expose(), { ...limits, catalogOnly: true })
  const { rows } = await client.query<{ name: string }>(OTHERS).catch((error: unknown) => {
    throw describeDatabaseError(error)
  })
  return rows.map(({ name }) => {
    const quoted = pg.escapeIdentifier(name)
    return `its login may connect to another database: revoke connect on database ${quoted} from public`
  })
}
