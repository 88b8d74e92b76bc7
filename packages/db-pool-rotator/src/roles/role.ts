import { SecretError } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import pg from 'pg'
import { query } from './admin-query.ts'
import { requireRoleName } from './role-name.ts'

/** A role as `pg_roles` has it. */
export interface Role {
  readonly oid: number
  readonly rolname: string
  readonly rolcanlogin: boolean
  readonly rolsuper: boolean
  readonly rolinherit: boolean
  readonly rolcreaterole: boolean
  readonly rolcreatedb: boolean
  readonly rolreplication: boolean
  readonly rolbypassrls: boolean
  /** -1: no limit. */
  readonly rolconnlimit: number
  /** As PostgreSQL writes it; null: for ever. */
  readonly rolvaliduntil: string | null
}

const FIND = `select oid::int8::float8 as oid, rolname, rolcanlogin, rolsuper, rolinherit, rolcreaterole, rolcreatedb,
  rolreplication, rolbypassrls, rolconnlimit, rolvaliduntil::text from pg_catalog.pg_roles where rolname = $1`

/** Looks a role up by its exact name. */
export async function findRole(admin: SqlClient, name: string): Promise<Role | undefined> {
  return (await query<Role>(admin, FIND, [name]))[0]
}

/** @throws {SecretError} `missing` */
export async function requireRole(admin: SqlClient, name: string): Promise<Role> {
  const role = await findRole(admin, name)
  if (role === undefined) {
    throw new SecretError('missing', `The role ${name} does not exist; create it first`, {
      role: name,
    })
  }
  return role
}

/**
 * Makes the role that owns a service's tables and rights, and that has no login itself. Its logins come and go; ownership,
 * grants, default privileges, row security and `$user` stay with it. Does nothing if it is there.
 *
 * @throws {SecretError} `refused` if the role can log in: move it with `ALTER ROLE … NOLOGIN` once its service uses another
 * login
 *
 * @example
 * ```ts
 * await createOwnerRole(admin, 'portal_owner')
 * ```
 */
export async function createOwnerRole(admin: SqlClient, ownerRole: string): Promise<void> {
  requireRoleName(ownerRole)
  const existing = await findRole(admin, ownerRole)
  if (existing === undefined) {
    await query(admin, `create role ${pg.escapeIdentifier(ownerRole)} nologin`)
    return
  }
  requireOwnerRole(existing)
}

/** @throws {SecretError} `refused` for a role that can log in or that may do everything */
export function requireOwnerRole({ rolname, rolcanlogin, rolsuper }: Role): void {
  if (!rolcanlogin && !rolsuper) return
  throw new SecretError(
    'refused',
    `The role ${rolname} cannot be an owner role: it ${rolsuper ? 'is a superuser' : 'can log in'}`,
    { role: rolname },
  )
}

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
