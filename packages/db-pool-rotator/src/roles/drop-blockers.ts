import type { SqlClient } from '@rekey/secret/kind'
import pg from 'pg'
import { query, serverVersion } from './admin-query.ts'
import { type Administrator, enterOr, homeOf } from './database-access.ts'
import { membershipsGivenBy } from './membership.ts'
import { type Place, placesNaming } from './named-in.ts'
import { findRole, type Role } from './role.ts'

/** Something that keeps a role from being dropped. */
export interface Blocker {
  /** `it owns table public.notes`. */
  readonly reason: string
  /** Empty: the whole server. */
  readonly database: string
  /** Whether `REASSIGN OWNED` in that database moves it to another role. */
  readonly movable: boolean
}

/** Source: PostgreSQL documentation, section 52.48, `pg_shdepend.deptype`. */
const REASONS = `case d.deptype when 'o' then 'it owns' when 'a' then 'it is named in the privileges of'
  when 'r' then 'it is named in' when 'i' then 'it has initial privileges on' else 'it is tied to' end`

const LISTED = `select ${REASONS} || ' ' || i.type || ' ' || i.identity as reason,
    case when d.dbid = 0 then '' else current_database() end as database,
    d.deptype = 'o' and d.classid not in ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass) as movable
  from pg_catalog.pg_shdepend d cross join lateral pg_identify_object(d.classid, d.objid, d.objsubid) i
  where d.refclassid = 'pg_authid'::regclass and d.refobjid = $1::oid
    and (d.dbid = 0 and $2 or d.dbid = (select oid from pg_catalog.pg_database where datname = current_database()))
  order by d.dbid, 1`

/** `DROP ROLE` does not look at these. It would leave them without an owner. */
const PREPARED = `select 'it prepared transaction ' || quote_literal(p.gid) as reason, p.database::text as database,
    false as movable from pg_catalog.pg_prepared_xacts p where p.owner = $1 order by 1`

/** Before 16, `DROP ROLE` leaves a grantor's number behind that refers to no role; later, `pg_shdepend` lists it. */
async function givenBefore16(home: SqlClient, { oid }: Role): Promise<Blocker[]> {
  if ((await serverVersion(home)) >= 16) return []
  const given = await membershipsGivenBy(home, oid)
  return given.map((name) => ({ reason: `it granted the ${name}`, database: '', movable: false }))
}

/** Finds what keeps a role from being dropped, in all databases; where one cannot be entered, how many things are in it. */
export async function findBlockers(admin: Administrator, role: Role): Promise<Blocker[]> {
  const home = homeOf(admin)
  const places = await placesNaming(home, [role.oid])
  const blockers = await query<Blocker>(home, PREPARED, [role.rolname])
  blockers.push(...(await givenBefore16(home, role)))
  if (places.some(({ here }) => here)) {
    blockers.push(...(await query<Blocker>(home, LISTED, [role.oid, true])))
  }
  for (const place of places.filter(({ here }) => !here)) {
    blockers.push(...(await lookInto(admin, role, place)))
  }
  return blockers
}

async function lookInto(admin: Administrator, role: Role, place: Place): Promise<Blocker[]> {
  const { database, entries } = place
  const list = (client: SqlClient) => query<Blocker>(client, LISTED, [role.oid, false])
  return enterOr(admin, database, list, () => [
    { reason: `it is named by ${entries} objects`, database, movable: false },
  ])
}

/** `it owns table public.notes in database app`. */
function describeBlocker({ reason, database }: Blocker): string {
  return database === '' ? reason : `${reason} in database ${database}`
}

/** One line for a message: each blocker, then the statements that move what can be moved to `owner`. */
export function describeBlockers(
  blockers: readonly Blocker[],
  login: string,
  owner: string | undefined,
): string {
  const named = blockers.map(describeBlocker)
  const to = owner === undefined ? '<owner role>' : pg.escapeIdentifier(owner)
  const databases = new Set(blockers.filter(({ movable }) => movable).map((one) => one.database))
  const moves = [...databases].map((database) => {
    const where = database === '' ? '' : ` in database ${database}`
    return `REASSIGN OWNED BY ${pg.escapeIdentifier(login)} TO ${to}${where}`
  })
  return [named.join('; '), ...(moves.length === 0 ? [] : [`Run ${moves.join(', and ')}`])].join(
    '. ',
  )
}

/**
 * Lists what keeps a login from being dropped, each with its database: `it owns table public.notes in database app`. Where
 * one cannot be entered, how many things are in it. Empty also if there is no such login.
 */
export async function listBlockers(admin: Administrator, login: string): Promise<string[]> {
  const role = await findRole(homeOf(admin), login)
  return role === undefined ? [] : (await findBlockers(admin, role)).map(describeBlocker)
}
