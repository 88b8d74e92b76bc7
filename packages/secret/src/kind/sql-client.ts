/** A connection to a SQL database; a client of `pg` is one. */
export interface SqlClient {
  /** Runs one statement. Rejects with the driver's error. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any, @typescript-eslint/no-unnecessary-type-parameters -- as `pg` declares it: the caller names the type of its rows
  query<Row extends Record<string, any>>(
    text: string,
    values?: unknown[],
  ): Promise<{ rows: Row[]; rowCount: number | null }>
}

/** A connection that belongs to a pool. */
export interface PooledSqlClient extends SqlClient {
  on(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
  /** Puts the connection back, or closes it. */
  release(destroy?: boolean): void
}

/** Connections to a SQL database; a `pg.Pool` is one. */
export interface SqlPool extends SqlClient {
  /** Takes one connection out of the pool. */
  connect(): Promise<PooledSqlClient>
}

/** The rotator's own connections to a database of a server; a `pg.Pool` is one. */
export interface AdminSqlPool extends SqlPool {
  /** How its connections log in, in the words of the driver. */
  readonly options: object
  /** A pool for each server of a cluster, primary and standbys. Absent: the only server. */
  readonly endpoints?: readonly AdminSqlPool[]
}

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
