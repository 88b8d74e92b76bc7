import type { SqlClient } from '@rekey/secret/kind'
import { query } from './admin-query.ts'

/** A place that holds something about a role. */
export interface Place {
  /** Empty: the catalogues that all databases share. */
  readonly database: string
  /** Whether it can be read over the connection that was asked. */
  readonly here: boolean
  readonly role: number
  readonly entries: number
}

const PLACES = `select coalesce(b.datname, '') as database, s.dbid = 0 or b.datname = current_database() as here,
    s.refobjid::int8::float8 as role, count(*)::int as entries
  from pg_catalog.pg_shdepend s left join pg_catalog.pg_database b on b.oid = s.dbid
  where s.refclassid = 'pg_authid'::regclass and s.refobjid = any($1)
  group by 1, 2, 3 order by 1, 3`

/**
 * The databases in which roles are named as owner, in an access list, in default privileges, in a policy or in a user
 * mapping. `pg_shdepend` is shared, so one look from anywhere sees all databases, also those that cannot be entered.
 */
export async function placesNaming(client: SqlClient, roles: readonly number[]): Promise<Place[]> {
  return query<Place>(client, PLACES, [roles])
}
