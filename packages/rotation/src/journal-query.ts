import { SecretError } from '@rekey/secret'
import { type SqlClient, type SqlPool, withSqlClient } from '@rekey/secret/kind'

/**
 * Runs one statement of the journal.
 *
 * @throws {SecretError} in place of the driver's error: `forbidden`, `conflict` where another rotator holds the row, `unreachable`
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller names the type of its rows
export async function journalQuery<Row extends object>(
  database: SqlClient,
  text: string,
  values: unknown[] = [],
): Promise<{ rows: Row[]; rowCount: number | null }> {
  try {
    return await database.query<Row>(text, values)
  } catch (error) {
    throw journalFailure(error)
  }
}

/** Lends a connection to `work`. */
export function withJournalClient<T>(
  database: SqlPool,
  work: (client: SqlClient) => Promise<T>,
): Promise<T> {
  return withSqlClient(database, journalFailure, work)
}

/** SQLSTATE (PostgreSQL documentation, appendix A): `insufficient_privilege`, `lock_not_available`. */
function journalFailure(error: unknown): SecretError {
  const sqlState = error instanceof Error && 'code' in error ? String(error.code) : 'none'
  switch (sqlState) {
    case '42501':
      return new SecretError(
        'forbidden',
        'the rotator may not write its journal: grant it schema rekey',
      )
    case '55P03':
      return new SecretError(
        'conflict',
        'another rotator is writing this row of the journal: try again',
      )
    default:
      return new SecretError('unreachable', 'the journal does not answer: check its database', {
        sqlState,
      })
  }
}
