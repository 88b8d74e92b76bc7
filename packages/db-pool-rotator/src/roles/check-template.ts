import type { SqlClient } from '@rekey/secret/kind'
import { query } from './admin-query.ts'
import { type Grant, type GrantTemplate, grantsIn } from './grant-template.ts'
import { holdingsOf } from './holdings.ts'
import { membershipsOf } from './membership.ts'
import { requireRole, type Role } from './role.ts'

/** How an owner role's rights compare with its template. Both empty: it can do exactly what its service needs. */
export interface TemplateReport {
  /** `SELECT on table public.session`. */
  readonly missing: readonly string[]
  /** The same, `membership in …`, `attribute CREATEDB`, `ownership of …`; with `(through PUBLIC)` where all have it. */
  readonly excess: readonly string[]
}

const USER_SCHEMA = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`

const has = (kind: string, key: string) =>
  `has_${kind}_privilege($1::name, ${key}, p.name) as has, has_${kind}_privilege('public', ${key}, p.name) as "forAll"`

const each = (...names: string[]) => `cross join unnest(array['${names.join(`', '`)}']) p(name)`

const RELATION = `from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace`

/** Effective privileges: what comes through PUBLIC and memberships counts. A column's count beyond those of its table. */
const EFFECTIVE = [
  `select 'database' as kind, p.name as privilege, array[d.datname::text] as path, ${has('database', 'd.oid')}
    from pg_catalog.pg_database d ${each('CONNECT', 'CREATE', 'TEMPORARY')} where d.datname = current_database()`,
  `select 'schema', p.name, array[n.nspname::text], ${has('schema', 'n.oid')}
    from pg_catalog.pg_namespace n ${each('USAGE', 'CREATE')} where ${USER_SCHEMA}`,
  `select 'table', p.name, array[n.nspname::text, c.relname], ${has('table', 'c.oid')} ${RELATION}
    ${each('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER')}
    where c.relkind in ('r', 'v', 'm', 'p', 'f') and ${USER_SCHEMA}`,
  `select 'column', p.name, array[n.nspname::text, c.relname, a.attname], ${has('column', 'c.oid, a.attnum')} ${RELATION}
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attacl is not null and not a.attisdropped
    ${each('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')}
    where ${USER_SCHEMA} and not has_table_privilege($1::name, c.oid, p.name)`,
  `select 'sequence', p.name, array[n.nspname::text, c.relname], ${has('sequence', 'c.oid')} ${RELATION}
    ${each('USAGE', 'SELECT', 'UPDATE')} where c.relkind = 'S' and ${USER_SCHEMA}`,
].join(' union all ')

interface Effective extends Grant {
  readonly has: boolean
  readonly forAll: boolean
}

/**
 * Compares what an owner role can do in the template's database with the template: what its service will miss, and what it
 * could do beyond, through its own grants, PUBLIC, memberships, ownership or attributes.
 *
 * @param client - connected to the template's database
 * @throws {SecretError} `missing` role
 */
export async function checkTemplate(
  client: SqlClient,
  ownerRole: string,
  template: GrantTemplate,
): Promise<TemplateReport> {
  const role = await requireRole(client, ownerRole)
  const rows = await query<Effective>(client, EFFECTIVE, [ownerRole])
  const effective = rows.filter((row) => row.has)
  const wanted = new Map([...grantsIn(template)].map((grant) => [nameOf(grant), grant]))
  const had = new Set(effective.map(nameOf))
  return {
    missing: [...wanted.keys()].filter(
      (name) => !had.has(name) && !isCovered(wanted.get(name), had),
    ),
    excess: [
      ...attributesOf(role),
      ...(await membershipsOf(client, ownerRole)).map((one) => `membership in ${one.role}`),
      ...(await otherHoldings(client, role)),
      ...effective
        .filter((row) => !wanted.has(nameOf(row)))
        .map((row) => nameOf(row) + (row.forAll ? ' (through PUBLIC)' : '')),
    ],
  }
}

/** Who may do it with the whole table may do it with a column. */
function isCovered(grant: Grant | undefined, had: ReadonlySet<string>): boolean {
  if (grant?.kind !== 'column') return false
  return had.has(nameOf({ ...grant, kind: 'table', path: grant.path.slice(0, 2) }))
}

function nameOf({ privilege, kind, path }: Grant): string {
  return `${privilege} on ${kind} ${path.join('.')}`
}

function attributesOf(role: Role): string[] {
  const attributes: readonly (readonly [boolean, string])[] = [
    [role.rolsuper, 'SUPERUSER'],
    [role.rolcanlogin, 'LOGIN'],
    [role.rolcreaterole, 'CREATEROLE'],
    [role.rolcreatedb, 'CREATEDB'],
    [role.rolreplication, 'REPLICATION'],
    [role.rolbypassrls, 'BYPASSRLS'],
  ]
  return attributes.filter(([has]) => has).map(([, name]) => `attribute ${name}`)
}

/** Rights that the privileges above do not show: ownership, and grants on other kinds of object. */
async function otherHoldings(client: SqlClient, { oid }: Role): Promise<string[]> {
  const holdings = await holdingsOf(client, [oid], true)
  const shown =
    /^(?:database|schema|table|table column|view|materialized view|foreign table|sequence) /
  return holdings
    .filter(({ kind, object }) => kind !== 'policy' && (kind !== 'grant' || !shown.test(object)))
    .map(({ kind, object, value }) =>
      kind === 'ownership' ? `ownership of ${object}` : `${kind}: ${value} on ${object}`,
    )
}
