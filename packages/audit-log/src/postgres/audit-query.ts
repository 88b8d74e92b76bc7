import { SecretError } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'

/**
 * Runs one statement on the tables of an audit log.
 *
 * @throws {SecretError} in place of the error of the driver, which may quote a value: {@link auditSqlError}
 */
export async function auditQuery<Row extends object>(
  database: SqlClient,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  try {
    return (await database.query<Row>(text, values)).rows
  } catch (error) {
    throw auditSqlError(error)
  }
}

/** SQLSTATE (PostgreSQL documentation, appendix A), and the answer to it. */
const FAILURES: ReadonlyMap<string, readonly [SecretError['code'], string]> = new Map([
  ['42P01', ['missing', 'there are no tables: run the SQL of auditTablesSql as an administrator']],
  [
    '42501',
    ['forbidden', 'the login may not use them: give it the role that auditTablesSql names'],
  ],
  ['23505', ['conflict', 'another writer has appended past the lock: record it again']],
  ['55P03', ['conflict', 'another writer has held the lock for a minute: record it again']],
])

/** Describes a failure without the words of the driver. After `unreachable` in a commit, the entry may be in the log all the same. */
export function auditSqlError(error: unknown): SecretError {
  if (error instanceof SecretError) return error
  const sqlState = error instanceof Error && 'code' in error ? String(error.code) : 'none'
  const [code, problem] = FAILURES.get(sqlState) ?? [
    'unreachable',
    'the database does not answer: check it, then try again',
  ]
  return new SecretError(code, `the audit log in PostgreSQL: ${problem}`, { sqlState })
}
