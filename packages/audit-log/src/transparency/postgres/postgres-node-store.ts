import { SecretError } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import type { NodeStore } from '../node-store.ts'
import { statements } from './log-query.ts'

const SIZE = `select coalesce(max(index) + 1, 0)::text as size from log_node where level = 0`

const READ = `
  select node.hash
  from unnest($1::smallint[], $2::bigint[]) with ordinality as place (level, index, at)
  join log_node as node using (level, index)
  order by at`

const APPEND = `
  insert into log_node (level, index, hash)
  select * from unnest($1::smallint[], $2::bigint[], $3::bytea[])`

/** Opens the nodes in the tables of `logTablesSql`. The primary key refuses what another writer appends at once. */
export function openPostgresNodeStore(client: SqlClient): NodeStore {
  return {
    async size() {
      const [row] = await statements.query<{ size: string }>(client, SIZE)
      return Number(row?.size)
    },
    async read(places) {
      const columns = [places.map(({ level }) => level), places.map(({ index }) => index)]
      const rows = await statements.query<{ hash: Uint8Array }>(client, READ, columns)
      if (rows.length === places.length) return rows.map(({ hash }) => Uint8Array.from(hash))
      const message = `${places.length - rows.length} nodes of the tree are not stored: compare the database with a backup, and report the log`
      throw new SecretError('missing', message, { nodes: places.length, found: rows.length })
    },
    async append(nodes) {
      await statements.query(client, APPEND, [
        nodes.map(({ level }) => level),
        nodes.map(({ index }) => index),
        nodes.map(({ hash }) => Buffer.from(hash)),
      ])
    },
  }
}
