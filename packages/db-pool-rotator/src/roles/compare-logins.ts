import type pg from 'pg'
import { query, serverVersion } from './admin-query.ts'
import { membershipsOf } from './membership.ts'
import { requireRole, type Role } from './role.ts'
import { settingsOf } from './role-settings.ts'

/** One thing in which two logins are not equal. Empty text: that side does not have it. */
export interface Difference {
  readonly kind: 'attribute' | 'membership' | 'setting' | 'privilege'
  /** `rolconnlimit`, a role, `search_path in app`, `SELECT on table public.orders`, … */
  readonly name: string
  readonly first: string
  readonly second: string
}

/**
 * Compares two logins: attributes, connection limit, validity, memberships with their options, settings, and the effective
 * privileges on this database and all that is in it. The far side of a rotation is ready only if there is no difference.
 *
 * Privileges on other databases' contents, and on large objects, are not compared.
 *
 * @throws {SecretError} `missing` if one of them does not exist
 */
export async function compareLogins(
  admin: pg.ClientBase,
  first: string,
  second: string,
): Promise<Difference[]> {
  const roles = [await requireRole(admin, first), await requireRole(admin, second)] as const
  const differences = [...compare('attribute', attributes(roles[0]), attributes(roles[1]))]
  const memberships = [await memberMap(admin, first), await memberMap(admin, second)] as const
  differences.push(...compare('membership', ...memberships))
  const settings = [await settingMap(admin, first), await settingMap(admin, second)] as const
  differences.push(...compare('setting', ...settings))
  return [...differences, ...(await comparePrivileges(admin, roles[0], roles[1]))]
}

function* compare(
  kind: Difference['kind'],
  first: ReadonlyMap<string, string>,
  second: ReadonlyMap<string, string>,
): Generator<Difference> {
  for (const name of new Set([...first.keys(), ...second.keys()])) {
    const [left, right] = [first.get(name) ?? '', second.get(name) ?? '']
    if (left !== right) yield { kind, name, first: left, second: right }
  }
}

function attributes(role: Role): Map<string, string> {
  const entries = Object.entries(role).filter(([name]) => name !== 'oid' && name !== 'rolname')
  return new Map(entries.map(([name, value]) => [name, String(value)]))
}

async function memberMap(admin: pg.ClientBase, login: string): Promise<Map<string, string>> {
  const memberships = await membershipsOf(admin, login)
  return new Map(memberships.map(({ role, ...options }) => [role, JSON.stringify(options)]))
}

async function settingMap(admin: pg.ClientBase, login: string): Promise<Map<string, string>> {
  const settings = await settingsOf(admin, login)
  const where = (database: string) => (database === '' ? '' : ` in ${database}`)
  return new Map(settings.map(({ database, name, value }) => [name + where(database), value]))
}

interface Grantable {
  /** The word in `has_…_privilege`. */
  readonly kind: string
  readonly privileges: readonly string[]
  /** Where its kind of object is, giving `o.oid` and the name as `identity`. */
  readonly from: string
}

const described = (catalogue: string, where = 'true') =>
  `(select oid, (pg_identify_object('${catalogue}'::regclass, oid, 0)).identity from ${catalogue} where ${where}) o`

const GRANTABLE: readonly Grantable[] = [
  {
    kind: 'table',
    privileges: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'],
    from: described('pg_class', `relkind in ('r', 'v', 'm', 'p', 'f')`),
  },
  {
    kind: 'sequence',
    privileges: ['USAGE', 'SELECT', 'UPDATE'],
    from: described('pg_class', `relkind = 'S'`),
  },
  { kind: 'schema', privileges: ['USAGE', 'CREATE'], from: described('pg_namespace') },
  { kind: 'function', privileges: ['EXECUTE'], from: described('pg_proc') },
  { kind: 'type', privileges: ['USAGE'], from: described('pg_type') },
  {
    kind: 'database',
    privileges: ['CONNECT', 'CREATE', 'TEMPORARY'],
    from: described('pg_database'),
  },
  { kind: 'language', privileges: ['USAGE'], from: described('pg_language') },
  { kind: 'tablespace', privileges: ['CREATE'], from: described('pg_tablespace') },
  {
    kind: 'foreign_data_wrapper',
    privileges: ['USAGE'],
    from: described('pg_foreign_data_wrapper'),
  },
  { kind: 'server', privileges: ['USAGE'], from: described('pg_foreign_server') },
]

/** A column can only differ if it has an access list of its own, and what the whole table gives is compared already. */
const COLUMNS = `select 'column' as kind, a.attrelid::regclass || '.' || a.attname as identity, p.name as privilege,
    has_column_privilege($1::oid, a.attrelid, a.attnum, p.name) as first,
    has_column_privilege($2::oid, a.attrelid, a.attnum, p.name) as second
  from pg_catalog.pg_attribute a
  cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) p(name)
  where a.attacl is not null and not a.attisdropped
    and not has_table_privilege($1::oid, a.attrelid, p.name)
    and not has_table_privilege($2::oid, a.attrelid, p.name)`

interface PrivilegeRow {
  readonly kind: string
  readonly identity: string
  readonly privilege: string
  readonly first: boolean
  readonly second: boolean
}

async function comparePrivileges(
  admin: pg.ClientBase,
  first: Role,
  second: Role,
): Promise<Difference[]> {
  const hasMaintain = (await serverVersion(admin)) >= 17
  const selects = GRANTABLE.map(({ kind, privileges, from }) => {
    const names = kind === 'table' && hasMaintain ? [...privileges, 'MAINTAIN'] : privileges
    return `select '${kind}' as kind, o.identity, p.name as privilege,
      has_${kind}_privilege($1::oid, o.oid, p.name) as first,
      has_${kind}_privilege($2::oid, o.oid, p.name) as second
      from ${from} cross join unnest(array['${names.join(`', '`)}']) p(name)`
  })
  const union = [...selects, COLUMNS].join(' union all ')
  const text = `select * from (${union}) x where first is distinct from second order by kind, identity, privilege`
  const rows = await query<PrivilegeRow>(admin, text, [first.oid, second.oid])
  return rows.map((row) => ({
    kind: 'privilege',
    name: `${row.privilege} on ${row.kind.replaceAll('_', ' ')} ${row.identity}`,
    first: row.first ? 'yes' : '',
    second: row.second ? 'yes' : '',
  }))
}
