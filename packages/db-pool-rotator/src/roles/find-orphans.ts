import type { SqlClient } from '@rekey/secret/kind'
import { query } from './admin-query.ts'
import { generationOf, loginPrefix } from './role-name.ts'
import { type Session, sessionsOf } from './sessions.ts'

/** A login that a rotation made and that no journal or store accounts for. */
export interface Orphan {
  readonly name: string
  /** False if its revocation was begun. */
  readonly canLogin: boolean
  /** Whether it is (still) a member of the owner role. */
  readonly isMember: boolean
  /** Who uses it. */
  readonly sessions: readonly Session[]
}

const NAMED_ALIKE = `select r.rolname as name, r.rolcanlogin as "canLogin",
    exists (select from pg_catalog.pg_auth_members m join pg_catalog.pg_roles g on g.oid = m.roleid
      where m.member = r.oid and g.rolname = $1) as "isMember"
  from pg_catalog.pg_roles r where starts_with(r.rolname, $2) order by r.rolname`

/**
 * The logins with a generation name (`app_g3`) of `ownerRole` that the store does not know, whether or not they are members
 * of it: left over from a rotation whose journal and store are lost, or made by another tool.
 *
 * @param known - the logins in the store: pending, current and previous
 */
export async function findOrphans(
  admin: SqlClient,
  ownerRole: string,
  known: readonly string[],
): Promise<Orphan[]> {
  const named = await query<Omit<Orphan, 'sessions'>>(admin, NAMED_ALIKE, [
    ownerRole,
    loginPrefix(ownerRole),
  ])
  const unknown = named.filter(
    ({ name }) => generationOf(ownerRole, name) !== undefined && !known.includes(name),
  )
  const orphans: Orphan[] = []
  for (const login of unknown) {
    orphans.push({ ...login, sessions: await sessionsOf(admin, login.name) })
  }
  return orphans
}
