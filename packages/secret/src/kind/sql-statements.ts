import { SecretError, type SecretErrorCode } from '../errors.ts'
import type { SqlClient } from './sql-client.ts'

/** The meaning of failures of some statements to their user. */
export interface SqlAnswers {
  /** Code and message by SQLSTATE (PostgreSQL documentation, appendix A). */
  readonly known: Readonly<Record<string, readonly [SecretErrorCode, string]>>
  /** The message of `unreachable`, for any other SQLSTATE and for no answer. */
  readonly otherwise: string
}

/** Statements on some tables, whose failures are errors without the words of the driver, which may quote a value. */
export interface SqlStatements {
  /** Runs one statement. @throws {SecretError} as {@link SqlStatements.failure} */
  query<Row extends object>(client: SqlClient, text: string, values?: unknown[]): Promise<Row[]>
  /**
   * Runs `work` in one transaction, which the statements `begin` open.
   *
   * @throws {SecretError} as {@link SqlStatements.failure}; what `work` throws. After `unreachable`, the transaction may have been committed
   */
  transaction<T>(client: SqlClient, begin: string, work: () => Promise<T>): Promise<T>
  /** The error to throw in place of that of the driver, with `details.sqlState`. */
  readonly failure: (error: unknown) => SecretError
}

/**
 * Creates a runner of statements with their own answers to failures.
 *
 * @example
 * ```ts
 * const { query } = createSqlStatements({
 *   known: { '42P01': ['missing', 'there is no journal: create its table'] },
 *   otherwise: 'the journal does not answer: check its database',
 * })
 * const rows = await query<{ seq: string }>(pool, 'select seq from journal')
 * ```
 */
export function createSqlStatements(answers: SqlAnswers): SqlStatements {
  const failure = (error: unknown) => describeFailure(error, answers)
  const query: SqlStatements['query'] = async <Row extends object>(
    client: SqlClient,
    text: string,
    values: unknown[] = [],
  ) => {
    try {
      return (await client.query<Row>(text, values)).rows
    } catch (error) {
      throw failure(error)
    }
  }
  const transaction: SqlStatements['transaction'] = async (client, begin, work) => {
    try {
      await query(client, begin)
      const result = await work()
      await query(client, 'commit')
      return result
    } catch (error) {
      // A connection that is gone is rolled back by the server; the first failure is the one to report.
      await client.query('rollback').catch(() => undefined)
      throw error
    }
  }
  return { query, failure, transaction }
}

function describeFailure(error: unknown, { known, otherwise }: SqlAnswers): SecretError {
  if (error instanceof SecretError) return error
  const sqlState = error instanceof Error && 'code' in error ? String(error.code) : 'none'
  const [code, message] = known[sqlState] ?? (['unreachable', otherwise] as const)
  return new SecretError(code, message, { sqlState })
}
