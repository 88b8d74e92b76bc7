import type { Secret } from '@rekey/secret'
import pg from 'pg'
import { openConnection } from './connection/open-connection.ts'
import { describeDatabaseError } from './database-error.ts'
import type { DatabaseCredentials } from './database-url.ts'

const TIMEOUT_MS = 5_000

const OTHERS = `select d.datname as name from pg_catalog.pg_database d
  where d.datallowconn and d.datname <> pg_catalog.current_database()
    and pg_catalog.has_database_privilege(d.oid, 'connect') order by 1`

/**
 * Lists the other databases of its server to which a service's login may connect, each with the statement that ends that. PostgreSQL gives
 * CONNECT to PUBLIC in each database; in that of a journal, one service could then hold up the rotation of another.
 *
 * @throws {SecretError} as `openConnection`
 */
export async function findOtherDatabases(
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
