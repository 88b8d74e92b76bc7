import type pg from 'pg'
import { SecretError } from '@rekey/secret'

/** Lends one of the rotator's own connections to `work`. A connection that failed is not put back. */
export async function withClient<T>(
  pool: pg.Pool,
  work: (client: pg.ClientBase) => Promise<T>,
): Promise<T> {
  const client = await connect(pool)
  let failed = true
  try {
    const result = await work(client)
    failed = false
    return result
  } finally {
    client.release(failed)
  }
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect()
  } catch {
    throw new SecretError(
      'unreachable',
      'the rotator cannot log in to PostgreSQL: check its own login',
    )
  }
}
