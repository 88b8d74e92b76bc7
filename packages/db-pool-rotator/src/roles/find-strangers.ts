import type { SqlClient } from '@rekey/secret/kind'
import { query } from './admin-query.ts'
import { generationOf } from './role-name.ts'

/** A login that can act as an owner role, though the store does not name it. */
export interface Stranger {
  readonly name: string
  /** Whether it has a generation name (`app_g3`), so that a rotation can have made it. */
  readonly isGeneration: boolean
}

interface Candidate {
  readonly name: string
  readonly actsAsOwner: boolean
}

/**
 * Administrators are no strangers: a superuser acts as any role, and a member with the admin option manages the role. Of the others,
 * those that can neither inherit nor set the role do not act with its rights (PostgreSQL 16 and newer).
 */
const CANDIDATES = `with candidate as (
    select r.rolname as name, r.rolcanlogin and exists (
      select from pg_catalog.pg_auth_members m join pg_catalog.pg_roles g on g.oid = m.roleid
      where m.member = r.oid and g.rolname = $1 and not m.admin_option and (
        coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, true)
        or coalesce((to_jsonb(m) ->> 'set_option')::boolean, true))) as "actsAsOwner"
    from pg_catalog.pg_roles r where not r.rolsuper and r.rolname <> session_user)
  select name, "actsAsOwner" from candidate
  where "actsAsOwner" or starts_with(name, $1 || '_g') order by name`

/**
 * The logins of `ownerRole` that the store does not name: those that act as it, and those with a generation name whether they do or
 * not.
 *
 * @param known - the logins in the store: pending, current and previous
 */
export async function findStrangers(
  admin: SqlClient,
  ownerRole: string,
  known: readonly string[],
): Promise<Stranger[]> {
  const found = await query<Candidate>(admin, CANDIDATES, [ownerRole])
  return found
    .filter(({ name }) => !known.includes(name))
    .map(({ name, actsAsOwner }) => ({
      ...{ name, actsAsOwner },
      isGeneration: generationOf(ownerRole, name) !== undefined,
    }))
    .filter(({ isGeneration, actsAsOwner }) => isGeneration || actsAsOwner)
    .map(({ name, isGeneration }) => ({ name, isGeneration }))
}
