import type { SqlClient } from '@rekey/secret/kind'
import pg from 'pg'
import { query, serverVersion } from './admin-query.ts'

/** That a role is a member of `role`. */
export interface Membership {
  readonly role: string
  readonly admin: boolean
  /** Always true before PostgreSQL 16, which brought the option. */
  readonly inherit: boolean
  /** Whether `SET ROLE` is allowed. Always true before PostgreSQL 16. */
  readonly set: boolean
}

/** Reads columns through JSON, because 15 does not have all of them. One row per grantor, so they are merged. */
const MEMBERSHIPS = `select g.rolname as role, bool_or(m.admin_option) as admin,
    bool_or(coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, true)) as inherit,
    bool_or(coalesce((to_jsonb(m) ->> 'set_option')::boolean, true)) as set
  from pg_catalog.pg_auth_members m
  join pg_catalog.pg_roles g on g.oid = m.roleid
  join pg_catalog.pg_roles r on r.oid = m.member
  where r.rolname = $1 group by g.rolname order by g.rolname`

/** The roles that `member` is directly a member of. */
export async function membershipsOf(admin: SqlClient, member: string): Promise<Membership[]> {
  return query<Membership>(admin, MEMBERSHIPS, [member])
}

/** Makes `member` a member, with exactly these options where the server knows them. */
export async function grantMembership(
  admin: SqlClient,
  member: string,
  membership: Membership,
): Promise<void> {
  const flag = (name: string, on: boolean) => `${name} ${on ? 'true' : 'false'}`
  const options =
    (await serverVersion(admin)) >= 16
      ? [
          flag('inherit', membership.inherit),
          flag('set', membership.set),
          flag('admin', membership.admin),
        ]
      : membership.admin
        ? ['admin option']
        : []
  const suffix = options.length === 0 ? '' : ` with ${options.join(', ')}`
  const names = `${pg.escapeIdentifier(membership.role)} to ${pg.escapeIdentifier(member)}`
  await query(admin, `grant ${names}${suffix}`, [], { role: membership.role })
}

/** Roles that may only give the role on, such as its creator, do not act with its rights. */
const MEMBERS = `select g.role, g.admin, g.inherit, g.set from (
    select r.rolname as role, bool_or(m.admin_option) as admin,
      bool_or(coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, true)) as inherit,
      bool_or(coalesce((to_jsonb(m) ->> 'set_option')::boolean, true)) as set
    from pg_catalog.pg_auth_members m
    join pg_catalog.pg_roles g on g.oid = m.roleid
    join pg_catalog.pg_roles r on r.oid = m.member
    where g.rolname = $1 group by r.rolname) g
  where g.inherit or g.set order by g.role`

/** The roles that may act with the rights of `role`; each as {@link Membership}, whose `role` is the member. */
export async function membersOf(admin: SqlClient, role: string): Promise<Membership[]> {
  return query<Membership>(admin, MEMBERS, [role])
}

const GIVEN = `select distinct 'membership of ' || quote_ident(pg_get_userbyid(m.member)) || ' in ' ||
    quote_ident(pg_get_userbyid(m.roleid)) as name
  from pg_catalog.pg_auth_members m where m.grantor = $1::oid and m.member <> m.grantor order by 1`

/** The memberships that a role gave to others, in words. `pg_shdepend` lists them only from PostgreSQL 16. */
export async function membershipsGivenBy(admin: SqlClient, role: number): Promise<string[]> {
  const rows = await query<{ name: string }>(admin, GIVEN, [role])
  return rows.map(({ name }) => name)
}
