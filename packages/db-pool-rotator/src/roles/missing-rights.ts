import type { SqlClient } from '@rekey/secret/kind'
import pg from 'pg'
import { query, serverVersion } from './admin-query.ts'
import { membershipsOf } from './membership.ts'
import { requireRole } from './role.ts'
import { settingsOf } from './role-settings.ts'

/** The role whose logins are rotated, and the login that the next one is made like. */
interface RotatedLogin {
  readonly ownerRole: string
  readonly like: string
}

/** From PostgreSQL 16 on, CREATEROLE gives no right on roles that others have made (release notes of 16, E.12.3.1.6). */
const ADMIN_SINCE = 16

const OWN = `select r.rolname, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls,
    pg_has_role(r.oid, 'pg_signal_backend', 'USAGE') as "canSignal"
  from pg_catalog.pg_roles r where r.rolname = current_user`

const WITHOUT_ADMIN = `select g.rolname as name from pg_catalog.pg_roles g
  where g.rolname = any ($1::text[]) and not pg_has_role(current_user, g.oid, 'MEMBER WITH ADMIN OPTION') order by 1`

const WITHOUT_SET = `select name from pg_catalog.pg_settings
  where name = any ($1::text[]) and context in ('superuser', 'superuser-backend')
    and not has_parameter_privilege(current_user, name, 'SET') order by 1`

interface OwnRights {
  readonly rolname: string
  readonly rolsuper: boolean
  readonly rolcreaterole: boolean
  readonly rolcreatedb: boolean
  readonly rolreplication: boolean
  readonly rolbypassrls: boolean
  readonly canSignal: boolean
}

/**
 * Asks the server which rights this session lacks to admit, close and drop the logins of an owner role. Reads the catalogue only.
 *
 * @returns each right with the statement that gives it: `rekey lacks CREATEROLE: alter role "rekey" createrole`
 * @throws {SecretError} `missing` without the owner role or the login
 */
export async function missingRights(
  admin: SqlClient,
  { ownerRole, like }: RotatedLogin,
): Promise<string[]> {
  const [own] = await query<OwnRights>(admin, OWN)
  if (own === undefined || own.rolsuper) return []
  const version = await serverVersion(admin)
  const [owner, model] = [await requireRole(admin, ownerRole), await requireRole(admin, like)]
  const me = pg.escapeIdentifier(own.rolname)
  const lacks = (right: string, statement: string) => `${own.rolname} lacks ${right}: ${statement}`
  const attributes: readonly (readonly [isNeeded: boolean, has: boolean, name: string])[] = [
    [true, own.rolcreaterole, 'createrole'],
    [model.rolsuper, false, 'superuser'],
    [model.rolcreatedb, own.rolcreatedb, 'createdb'],
    [model.rolreplication, own.rolreplication, 'replication'],
    [model.rolbypassrls, own.rolbypassrls, 'bypassrls'],
  ]
  return [
    ...attributes
      .filter(([isNeeded, has]) => isNeeded && !has)
      .map(([, , name]) => lacks(name.toUpperCase(), `alter role ${me} ${name}`)),
    ...(version < ADMIN_SINCE ? [] : await withoutAdmin(admin, [owner.rolname, like])).map((name) =>
      lacks(
        `ADMIN on ${name}`,
        `grant ${pg.escapeIdentifier(name)} to ${me} with admin true, inherit false, set false`,
      ),
    ),
    ...(own.canSignal ? [] : [lacks('pg_signal_backend', `grant pg_signal_backend to ${me}`)]),
    ...(await withoutSet(admin, like, version)).map((name) =>
      lacks(
        `SET on ${name}`,
        `grant set on parameter ${name.split('.').map(pg.escapeIdentifier).join('.')} to ${me}`,
      ),
    ),
  ]
}

/** The roles that a new login becomes a member of, and the login itself, which is dropped. */
async function withoutAdmin(admin: SqlClient, roles: readonly string[]): Promise<string[]> {
  const [, like = ''] = roles
  const memberships = await membershipsOf(admin, like)
  const names = [...roles, ...memberships.map(({ role }) => role)]
  const found = await query<{ name: string }>(admin, WITHOUT_ADMIN, [names])
  return found.map(({ name }) => name)
}

/** Parameters that a superuser alone may set, until PostgreSQL 15 brought a right for each. */
async function withoutSet(admin: SqlClient, like: string, version: number): Promise<string[]> {
  const settings = await settingsOf(admin, like)
  if (version < 15 || settings.length === 0) return []
  const names = [...new Set(settings.map(({ name }) => name))]
  return (await query<{ name: string }>(admin, WITHOUT_SET, [names])).map(({ name }) => name)
}
