import { SecretError } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'

/**
 * Runs one statement of the log.
 *
 * @throws {SecretError} in place of the driver's error: `missing` without the tables, `forbidden`, `conflict` where another writer
 *   is at work, `unreachable`
 */
export async function logQuery<Row extends object>(
  database: SqlClient,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  try {
    return (await database.query<Row>(text, values)).rows
  } catch (error) {
    throw logFailure(error)
  }
}

/** SQLSTATE (PostgreSQL documentation, appendix A), and the answer to it. */
const FAILURES: ReadonlyMap<string, readonly [SecretError['code'], string]> = new Map([
  ['42P01', ['missing', 'the log has no tables: run the SQL of logTablesSql as an administrator']],
  ['42501', ['forbidden', 'the login may not use the tables of the log: grant select and insert']],
  ['23505', ['conflict', 'another writer has appended to the log past its lock: append again']],
  ['55P03', ['conflict', 'another writer has held the lock of the log for too long: append again']],
])

export function logFailure(error: unknown): SecretError {
  if (error instanceof SecretError) return error
  const sqlState = error instanceof Error && 'code' in error ? String(error.code) : 'none'
  const [code, message] = FAILURES.get(sqlState) ?? [
    'unreachable',
    'the database of the log does not answer: check it, then try again',
  ]
  return new SecretError(code, message, { sqlState })
}
