import { SecretError, type SecretErrorCode } from '../errors.ts'
import type { SqlClient } from './sql-client.ts'

/** The meaning of failures of some statements to their user. */
export interface SqlAnswers {
  /** Code and message by SQLSTATE (PostgreSQL documentation, appendix A). */
  readonly known: Readonly<Record<string, readonly [SecretErrorCode, string]>>
  /** The message of `unreachable`, for any other SQLSTATE and for no answer. */
  readonly otherwise: string
}

/** A lock that one writer holds until the end of its transaction. */
export interface SqlLock {
  /**
   * The statement that takes it, which writers alone may run: an advisory lock can be taken and kept by all that connect. Absent: no lock, the
   * constraints of the tables decide between writers.
   */
  readonly take?: string
  /** How long to wait for another writer, in milliseconds. */
  readonly lockTimeoutMs: number
}

/** Statements on some tables, whose failures are errors without the words of the driver, which may quote a value. */
export interface SqlStatements {
  /** Runs one statement. @throws {SecretError} as {@link SqlStatements.failure} */
  query<Row extends object>(client: SqlClient, text: string, values?: unknown[]): Promise<Row[]>
  /**
   * Runs `work` in one transaction, as the only holder of the lock.
   *
   * @throws {SecretError} as {@link SqlStatements.failure}; what `work` throws. After `unreachable`, the transaction may have been committed
   */
  locked<T>(client: SqlClient, lock: SqlLock, work: () => Promise<T>): Promise<T>
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
  return {
    ...{ query, failure },
    async locked(client, lock, work) {
      try {
        await query(client, beginLocked(lock))
        const result = await work()
        await query(client, 'commit')
        return result
      } catch (error) {
        // A connection that is gone is rolled back by the server; the first failure is the one to report.
        await client.query('rollback').catch(() => undefined)
        throw error
      }
    },
  }
}

// A snapshot of repeatable read would be older than the lock. A writer that freezes loses its session, and with it the lock.
const beginLocked = ({ lockTimeoutMs, take = '' }: SqlLock) => `
  begin isolation level read committed;
  set local lock_timeout = ${lockTimeoutMs};
  set local idle_in_transaction_session_timeout = '10s';
  ${take}`

function describeFailure(error: unknown, { known, otherwise }: SqlAnswers): SecretError {
  if (error instanceof SecretError) return error
  const sqlState = error instanceof Error && 'code' in error ? String(error.code) : 'none'
  const [code, message] = known[sqlState] ?? (['unreachable', otherwise] as const)
  return new SecretError(code, message, { sqlState })
}
