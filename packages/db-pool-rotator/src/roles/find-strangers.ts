import type { SqlClient } from '@rekey/secret/kind'
import { query } from './admin-query.ts'
import { generationOf, loginPrefix } from './role-name.ts'

/** A login that can act as an owner role, though the store does not name it. */
export interface Stranger {
  readonly name: string
  /** Whether it has a generation name (`app_g3`), so that a rotation can have made it. */
  readonly isGeneration: boolean
  readonly canLogin: boolean
}

interface Candidate extends Pick<Stranger, 'name' | 'canLogin'> {
  readonly actsAsOwner: boolean
}

/**
 * Administrators are no strangers: a superuser acts as any role, and a member with the admin option manages the role. Of the others,
 * those that can neither inherit nor set the role do not act with its rights (PostgreSQL 16 and newer). A member of a member acts
 * with them too.
 */
const CANDIDATES = `with recursive acting as (
    select oid from pg_catalog.pg_roles where rolname = $1
    union
    select m.member from pg_catalog.pg_auth_members m join acting a on a.oid = m.roleid
    where not m.admin_option and (
      coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, true)
      or coalesce((to_jsonb(m) ->> 'set_option')::boolean, true))),
  candidate as (
    select r.rolname as name, r.rolcanlogin as "canLogin",
      r.rolcanlogin and r.rolname <> $1 and r.oid in (select oid from acting) as "actsAsOwner"
    from pg_catalog.pg_roles r where not r.rolsuper and r.rolname <> session_user)
  select name, "canLogin", "actsAsOwner" from candidate
  where "actsAsOwner" or starts_with(name, $2) order by name`

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
  const found = await query<Candidate>(admin, CANDIDATES, [ownerRole, loginPrefix(ownerRole)])
  return found
    .filter(({ name }) => !known.includes(name))
    .map((each) => ({ ...each, isGeneration: generationOf(ownerRole, each.name) !== undefined }))
    .filter(({ isGeneration, actsAsOwner }) => isGeneration || actsAsOwner)
    .map(({ name, canLogin, isGeneration }) => ({ name, canLogin, isGeneration }))
}
