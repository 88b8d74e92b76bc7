import { SecretError } from '../errors.ts'
import type { SqlClient } from './sql-client.ts'

/** Rights on a table, triggers and policies that its owner has given on purpose. */
export interface OwnTable {
  /** Rights of other roles beside SELECT: `['INSERT', 'DELETE']`. Default: nothing. */
  readonly granted?: readonly string[]
  /** Names of its triggers. Default: none. */
  readonly triggers?: readonly string[]
  /** Names of its row policies. Default: none. */
  readonly policies?: readonly string[]
}

/** Tables in one schema that no other role may have a hand in. */
export interface OwnTables {
  readonly schema: string
  /** By name. One that does not exist yet is no fault. */
  readonly tables: Readonly<Record<string, OwnTable>>
  /** Their purpose, in a message: `the journal`. */
  readonly what: string
}

/**
 * A thing that another role has made runs with the rights of the role that reads or writes the table: triggers, rules, policies, functions in defaults
 * and conditions, operators that the search path finds first (PostgreSQL documentation, 5.10.6). A superuser can do all of it anywhere.
 */
const TRUSTED = `trusted as (
    select oid from pg_catalog.pg_roles where rolsuper or rolname in (current_user, session_user)),
  own as (select c.*, n.nspname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1 and c.relname = any ($2::text[])),
  parts as (
    select 'pg_class'::regclass as classid, oid as objid from own
    union all select 'pg_class'::regclass, indexrelid from pg_catalog.pg_index where indrelid in (select oid from own)
    union all select 'pg_attrdef'::regclass, oid from pg_catalog.pg_attrdef where adrelid in (select oid from own)
    union all select 'pg_constraint'::regclass, oid from pg_catalog.pg_constraint where conrelid in (select oid from own)
    union all select 'pg_trigger'::regclass, oid from pg_catalog.pg_trigger where tgrelid in (select oid from own)
    union all select 'pg_policy'::regclass, oid from pg_catalog.pg_policy where polrelid in (select oid from own)),
  made as (
    select 'pg_proc'::regclass as classid, oid, proowner as owner from pg_catalog.pg_proc
    union all select 'pg_operator'::regclass, oid, oprowner from pg_catalog.pg_operator
    union all select 'pg_type'::regclass, oid, typowner from pg_catalog.pg_type
    union all select 'pg_collation'::regclass, oid, collowner from pg_catalog.pg_collation
    union all select 'pg_opclass'::regclass, oid, opcowner from pg_catalog.pg_opclass)`

/** The owner of the database owns what belongs to `pg_database_owner`. */
const SCHEMA_OWNER = `case pg_get_userbyid(s.nspowner) when 'pg_database_owner'
    then (select datdba from pg_catalog.pg_database where datname = current_database()) else s.nspowner end`

const TABLE = `format('table %I.%I', $1::text, o.relname)`
const EXPECTED = (names: string) =>
  `coalesce($3::jsonb #> array[o.relname::text, '${names}'], '[]')`

/** Each has an object, a role, and what is wrong. */
const FAULTS: readonly string[] = [
  `select format('schema %I', s.nspname) as object, s.nspowner as role, 'belongs to' as fault
    from pg_catalog.pg_namespace s where s.nspname = $1 and s.nspowner not in (select oid from trusted)`,
  `select format('schema %I', s.nspname), x.grantee, 'takes objects of'
    from pg_catalog.pg_namespace s, aclexplode(s.nspacl) x
    where s.nspname = $1 and x.privilege_type = 'CREATE' and x.grantee not in (select oid from trusted)`,
  `select ${TABLE}, o.relowner, 'belongs to' from own o where o.relowner not in (select oid from trusted)`,
  `select ${TABLE}, o.relowner, 'is another kind of relation, of' from own o
    where o.relkind <> 'r' or o.relpersistence <> 'p' or o.relispartition`,
  `select ${TABLE}, c.relowner, 'inherits or is inherited, by a table of' from own o
    join pg_catalog.pg_inherits i on o.oid in (i.inhparent, i.inhrelid)
    join pg_catalog.pg_class c on c.oid in (i.inhparent, i.inhrelid) and c.oid <> o.oid`,
  `select format('trigger %I on ', t.tgname) || ${TABLE}, f.proowner, 'runs a function of' from own o
    join pg_catalog.pg_trigger t on t.tgrelid = o.oid join pg_catalog.pg_proc f on f.oid = t.tgfoid
    where not t.tgisinternal and not ${EXPECTED('triggers')} ? t.tgname::text`,
  `select format('rule %I on ', r.rulename) || ${TABLE}, o.relowner, 'rewrites statements; the table is of' from own o
    join pg_catalog.pg_rewrite r on r.ev_class = o.oid where o.relkind = 'r'`,
  `select format('policy %I on ', p.polname) || ${TABLE}, o.relowner, 'hides rows; the table is of' from own o
    join pg_catalog.pg_policy p on p.polrelid = o.oid where not ${EXPECTED('policies')} ? p.polname::text`,
  `select format('foreign key %I to ', k.conname) || ${TABLE}, c.relowner, 'is of a table of' from own o
    join pg_catalog.pg_constraint k on k.confrelid = o.oid and k.contype = 'f' join pg_catalog.pg_class c on c.oid = k.conrelid`,
  `select i.type || ' ' || i.identity || ', which is evaluated for the tables', m.owner, 'belongs to' from parts p
    join pg_catalog.pg_depend d on (d.classid, d.objid) = (p.classid, p.objid)
    join made m on (m.classid, m.oid) = (d.refclassid, d.refobjid)
    cross join lateral pg_identify_object(d.refclassid, d.refobjid, 0) i
    where m.owner not in (select oid from trusted)`,
  `select x.privilege_type || ' on ' || ${TABLE}, x.grantee, 'is granted to' from own o, lateral (
      select (aclexplode(o.relacl)).* union
      select (aclexplode(a.attacl)).* from pg_catalog.pg_attribute a where a.attrelid = o.oid and a.attacl is not null) x
    where x.privilege_type <> 'SELECT' and not ${EXPECTED('granted')} ? x.privilege_type
      and x.grantee <> o.relowner and x.grantee not in (select oid from trusted)`,
  `select format('event trigger %I', e.evtname), case when e.evtowner in (select oid from trusted) then f.proowner else e.evtowner end,
      'runs a function of' from pg_catalog.pg_event_trigger e join pg_catalog.pg_proc f on f.oid = e.evtfoid
    where e.evtenabled <> 'D' and not (e.evtowner in (select oid from trusted) and f.proowner in (select oid from trusted))`,
  `select format('schema %I in the search path', s.nspname), w.role, w.fault from pg_catalog.pg_namespace s
    cross join lateral (
      select ${SCHEMA_OWNER} as role, 'belongs to' as fault
      union all select x.grantee, 'takes objects of' from aclexplode(s.nspacl) x
        where x.privilege_type = 'CREATE' and x.grantee <> s.nspowner
      union all select f.proowner, 'has functions of' from pg_catalog.pg_proc f where f.pronamespace = s.oid
      union all select p.oprowner, 'has operators of' from pg_catalog.pg_operator p where p.oprnamespace = s.oid) w
    where s.nspname = any ($4::text[]) and s.nspname not in ('pg_catalog', $1)
      and s.oid <> pg_my_temp_schema() and w.role not in (select oid from trusted)`,
]

const LOOK = `with ${TRUSTED}
  select distinct object, case role when 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(role)) end as role, fault
  from (${FAULTS.join(' union all ')}) f order by 1, 2`

/** Before the path is set, so it names each function with its schema. */
const SEARCHED = 'select pg_catalog.current_schemas(true)::text[] as path'

interface Fault {
  readonly object: string
  readonly role: string
  readonly fault: string
}

const NAMED = 5

/**
 * Requires that nothing in some tables, and nothing that runs when they are used, belongs to another role than the session's or a superuser:
 * schema, tables, rights, triggers, rules, policies, functions, operators and types, event triggers, and the schemas of the search path.
 * Run it in a transaction: the rest of that finds functions and operators in `pg_catalog` alone, as this look does.
 *
 * @throws {SecretError} `refused` with each object and its role; the driver's error
 */
export async function requireOwnTables(
  client: SqlClient,
  { schema, tables, what }: OwnTables,
): Promise<void> {
  const { rows: paths } = await client.query<{ path: string[] }>(SEARCHED)
  await client.query('set local search_path = pg_catalog, pg_temp')
  const values = [schema, Object.keys(tables), JSON.stringify(tables), paths[0]?.path]
  const { rows } = await client.query<Fault>(LOOK, values)
  if (rows.length === 0) return
  const named = rows.slice(0, NAMED).map(({ object, fault, role }) => `${object} ${fault} ${role}`)
  const more = rows.length > NAMED ? `; and ${rows.length - NAMED} more` : ''
  throw new SecretError(
    'refused',
    `${what} is not the rotator's alone, so nothing is read from it: ${named.map(plain).join('; ')}${more}. ` +
      `Give it a database of its own, which the rotator owns, or drop these objects and rights there`,
    { faults: rows.length },
  )
}

/** A stranger chose the names: one ends no line and turns no text around. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}')
}
