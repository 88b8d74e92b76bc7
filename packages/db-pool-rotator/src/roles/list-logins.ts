import type { SqlClient } from '@rekey/secret/kind'
import { query } from './admin-query.ts'
import { generationOf } from './role-name.ts'

/** A login of an owner role. */
export interface Login {
  readonly name: string
  /** False while it is being revoked. */
  readonly canLogin: boolean
  readonly sessions: number
}

const MEMBERS = `select r.rolname as name, r.rolcanlogin as "canLogin",
    (select count(*)::int from pg_catalog.pg_stat_activity a where a.usesysid = r.oid) as sessions
  from pg_catalog.pg_auth_members m
  join pg_catalog.pg_roles g on g.oid = m.roleid
  join pg_catalog.pg_roles r on r.oid = m.member
  where g.rolname = $1 and r.rolname <> session_user group by r.oid, r.rolname, r.rolcanlogin order by r.rolname`

/**
 * The logins that act as `ownerRole`, also those whose revocation was begun and not finished. More than two, or one that
 * the store does not know, is left over from a rotation that died.
 */
export async function listLogins(admin: SqlClient, ownerRole: string): Promise<Login[]> {
  const members = await query<Login>(admin, MEMBERS, [ownerRole])
  return members.filter(
    ({ name, canLogin }) => canLogin || generationOf(ownerRole, name) !== undefined,
  )
}
