import type pg from 'pg'
import { untilAnswered } from './ask-signing.ts'

/** A server that is away, starts or stops: Node.js error codes and SQLSTATE (PostgreSQL documentation, appendix A), and our own. */
const AWAY: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  '57P01',
  '57P03',
  'unreachable',
])

/** The message of `pg`, without a code, where the server hangs up during the login. */
const HUNG_UP = 'Connection terminated unexpectedly'

/**
 * Creates a `query` that waits while the database is away, as during its restart, instead of failing. Only the connection is tried
 * again: a statement that was sent may have been executed, so it never is.
 *
 * @param limitMs how long a query waits for a connection; default 45,000
 */
export function createPatientPool(
  pool: Pick<pg.Pool, 'connect'>,
  limitMs?: number,
): Pick<pg.Pool, 'query'> {
  const connect = () => pool.connect().catch(ifAway)
  const query = async (text: string, values?: unknown[]) => {
    const client = await untilAnswered('a connection to the database', connect, limitMs)
    let failure: Error | undefined
    try {
      return await client.query(text, values)
    } catch (error) {
      failure = error as Error
      throw error
    } finally {
      // A connection on which a statement failed is not used again, as in `query` of the pool.
      client.release(failure)
    }
  }
  return { query: query as pg.Pool['query'] }
}

function ifAway(error: unknown): undefined {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
  if (!AWAY.has(code) && message !== HUNG_UP) throw error
}
