import type { PooledSqlClient } from '@rekey/secret/internal/kind'
import type { SqlClient, SqlPool } from '@rekey/secret/kind'

/** Answers a statement with rows. */
export type Answering = (text: string, values: readonly unknown[]) => Promise<readonly object[]>

/** A pool of connections to a model: `open` makes how one of them answers. */
export function modelPool(open: () => Answering): SqlPool {
  const connect = () => {
    const answer = open()
    const query = async (text: string, values: readonly unknown[] = []) => {
      const rows = await answer(text, values)
      return { rows, rowCount: rows.length }
    }
    const client = { query, on: () => client, off: () => client, release: () => undefined }
    return Promise.resolve(client as unknown as PooledSqlClient)
  }
  const query: SqlClient['query'] = async (...of) => (await connect()).query(...of)
  return { query, connect }
}
