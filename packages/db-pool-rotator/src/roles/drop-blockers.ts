import type pg from 'pg'
import { query } from './admin-query.ts'

const MEANING: Readonly<Record<string, string>> = {
  o: 'it owns',
  a: 'it is named in the privileges of',
  r: 'it is named in a policy of',
  i: 'it has initial privileges on',
  t: 'it is tied to',
}

/** `pg_shdepend` lists what depends on a role in all databases; what is elsewhere has no name here. */
const BLOCKERS = `select d.deptype as kind, db.datname as elsewhere,
    case when db.datname is null then pg_describe_object(d.classid, d.objid, d.objsubid) end as object,
    count(*)::int as count
  from pg_catalog.pg_shdepend d
  join pg_catalog.pg_roles r on r.oid = d.refobjid and d.refclassid = 'pg_authid'::regclass
  left join pg_catalog.pg_database db on db.oid = d.dbid and db.datname <> current_database()
  where r.rolname = $1 group by 1, 2, 3 order by 2 nulls first, 1, 3`

interface Blocker {
  readonly kind: string
  readonly elsewhere: string | null
  readonly object: string | null
  readonly count: number
}

/** Why a role cannot be dropped, one sentence each: `it owns table public.notes`. */
export async function findBlockers(admin: pg.ClientBase, role: string): Promise<string[]> {
  const rows = await query<Blocker>(admin, BLOCKERS, [role])
  return rows.map(({ kind, elsewhere, object, count }) => {
    const target =
      elsewhere === null ? (object ?? '') : `${count} object(s) in database ${elsewhere}`
    return `${MEANING[kind] ?? 'it is tied to'} ${target}`
  })
}
