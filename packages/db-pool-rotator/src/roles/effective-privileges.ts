import type { SqlClient } from '@rekey/secret/kind'
import { query, serverVersion } from './admin-query.ts'
import type { Difference } from './difference.ts'

interface Grantable {
  /** The word in `has_…_privilege`. */
  readonly kind: string
  readonly catalogue: string
  readonly privileges: readonly string[]
  readonly where?: string
  /** The argument of `has_…_privilege`. Default: the number. */
  readonly key?: string
  /** The class under which the object has its name, if that is another. */
  readonly namedAs?: string
  readonly since?: number
}

const RELATIONS = `relkind in ('r', 'v', 'm', 'p', 'f')`

/** Source: PostgreSQL documentation, table 9.72, access privilege inquiry functions. */
const GRANTABLE: readonly Grantable[] = [
  {
    kind: 'table',
    catalogue: 'pg_class',
    privileges: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'],
    where: RELATIONS,
  },
  {
    kind: 'table',
    catalogue: 'pg_class',
    privileges: ['MAINTAIN'],
    where: RELATIONS,
    since: 17,
  },
  {
    kind: 'sequence',
    catalogue: 'pg_class',
    privileges: ['USAGE', 'SELECT', 'UPDATE'],
    where: `relkind = 'S'`,
  },
  { kind: 'schema', catalogue: 'pg_namespace', privileges: ['USAGE', 'CREATE'] },
  { kind: 'function', catalogue: 'pg_proc', privileges: ['EXECUTE'] },
  { kind: 'type', catalogue: 'pg_type', privileges: ['USAGE'] },
  {
    kind: 'database',
    catalogue: 'pg_database',
    privileges: ['CONNECT', 'CREATE', 'TEMPORARY'],
  },
  { kind: 'language', catalogue: 'pg_language', privileges: ['USAGE'] },
  { kind: 'tablespace', catalogue: 'pg_tablespace', privileges: ['CREATE'] },
  {
    kind: 'foreign_data_wrapper',
    catalogue: 'pg_foreign_data_wrapper',
    privileges: ['USAGE'],
  },
  { kind: 'server', catalogue: 'pg_foreign_server', privileges: ['USAGE'] },
  {
    kind: 'parameter',
    catalogue: 'pg_parameter_acl',
    privileges: ['SET', 'ALTER SYSTEM'],
    key: 'o.parname',
  },
  {
    kind: 'largeobject',
    catalogue: 'pg_largeobject_metadata',
    privileges: ['SELECT', 'UPDATE'],
    namedAs: 'pg_largeobject',
    since: 18,
  },
]

/** A column can only differ if it has an access list of its own, and what the whole table gives is compared already. */
const COLUMNS = `select 'column' as kind, 'pg_class'::regclass as catalogue, a.attrelid as oid, a.attnum::int as sub,
    p.name as privilege,
    has_column_privilege($1::oid, a.attrelid, a.attnum, p.name) as first,
    has_column_privilege($2::oid, a.attrelid, a.attnum, p.name) as second
  from pg_catalog.pg_attribute a
  cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) p(name)
  where a.attacl is not null and not a.attisdropped
    and not has_table_privilege($1::oid, a.attrelid, p.name)
    and not has_table_privilege($2::oid, a.attrelid, p.name)`

function queryFor(grantable: Grantable): string {
  const { kind, catalogue, privileges, where = 'true', key = 'o.oid' } = grantable
  return `select '${kind}', '${grantable.namedAs ?? catalogue}'::regclass, o.oid, 0, p.name,
      has_${kind}_privilege($1::oid, ${key}, p.name), has_${kind}_privilege($2::oid, ${key}, p.name)
    from pg_catalog.${catalogue} o cross join unnest(array['${privileges.join(`', '`)}']) p(name) where ${where}`
}

interface PrivilegeRow {
  readonly kind: string
  readonly identity: string
  readonly privilege: string
  readonly database: string
  readonly first: boolean
  readonly second: boolean
}

/**
 * Asks the server for every privilege of two roles on everything in this database, and gives those that only one has. It is
 * a witness of its own beside the catalogues: it sees what comes through PUBLIC, memberships and ownership, and does
 * not see who gave it. Costs about 60 ms with 2,000 tables.
 */
export async function compareEffectivePrivileges(
  client: SqlClient,
  first: number,
  second: number,
): Promise<Difference[]> {
  const version = await serverVersion(client)
  const known = GRANTABLE.filter(({ since = 0 }) => since <= version)
  const union = [COLUMNS, ...known.map(queryFor)].join(' union all ')
  // Names are made only for what differs: they cost more than the question.
  const text = `select x.kind, i.identity, x.privilege, x.first, x.second,
      case when x.kind in ('database', 'tablespace', 'parameter') then '' else current_database() end as database
    from (${union}) x cross join lateral pg_identify_object(x.catalogue, x.oid, x.sub) i
    where x.first is distinct from x.second order by x.kind, i.identity, x.privilege`
  const rows = await query<PrivilegeRow>(client, text, [first, second])
  return rows.map((row) => ({
    kind: 'privilege',
    object: `${row.privilege} on ${row.kind.replaceAll('_', ' ')} ${row.identity}`,
    database: row.database,
    first: row.first ? 'yes' : '',
    second: row.second ? 'yes' : '',
  }))
}
