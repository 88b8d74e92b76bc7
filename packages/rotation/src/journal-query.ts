import { SecretError } from '@rekey/secret'
import type pg from 'pg'
import { withClient } from './with-client.ts'

/** The rotator's own connections to the database of the journal. */
export type JournalPool = Pick<pg.Pool, 'query' | 'connect'>

/**
 * Runs one statement of the journal.
 *
 * @throws {SecretError} in place of the driver's error: `forbidden`, `conflict` where another rotator holds the row, `unreachable`
 */
export async function journalQuery<Row extends pg.QueryResultRow>(
  database: Pick<pg.Pool, 'query'> | pg.ClientBase,
  text: string,
  values: unknown[] = [],
): Promise<pg.QueryResult<Row>> {
  try {
    return await database.query<Row>(text, values)
  } catch (error) {
    throw journalFailure(error)
  }
}

/** Lends a connection to `work`. */
export function withJournalClient<T>(
  database: JournalPool,
  work: (client: pg.ClientBase) => Promise<T>,
): Promise<T> {
  return withClient(database, journalFailure, work)
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
