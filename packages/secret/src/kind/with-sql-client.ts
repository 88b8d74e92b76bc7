import type { SqlClient, SqlPool } from './sql-client.ts'

/**
 * Lends one of the rotator's own connections to `work`. A connection that failed is not put back.
 *
 * @param describe - gives the error to throw in place of the driver's, if there is no connection
 */
export async function withSqlClient<T>(
  pool: Pick<SqlPool, 'connect'>,
  describe: (error: unknown) => Error,
  work: (client: SqlClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw describe(error)
  })
  // One that is cut also fails its next query; the event alone would end the process.
  const ignore = () => undefined
  client.on('error', ignore)
  let failed = true
  try {
    const result = await work(client)
    failed = false
    return result
  } finally {
    if (!failed) client.off('error', ignore)
    client.release(failed)
  }
}
