import type { SqlClient } from '@rekey/secret/kind'
import { query } from './admin-query.ts'

const LABELS = `select l.provider, l.label from pg_catalog.pg_shseclabel l
  where l.classoid = 'pg_authid'::regclass and l.objoid = $1 order by 1`

/** The security labels on a role, by their provider. */
export async function labelsOf(client: SqlClient, role: number): Promise<Map<string, string>> {
  const rows = await query<{ provider: string; label: string }>(client, LABELS, [role])
  return new Map(rows.map(({ provider, label }) => [provider, label]))
}

/** The comment on a role; empty if there is none. */
export async function commentOf(client: SqlClient, role: number): Promise<string> {
  const text = `select coalesce(shobj_description($1::oid, 'pg_authid'), '') as comment`
  const [row] = await query<{ comment: string }>(client, text, [role])
  return row?.comment ?? ''
}
