import type { SqlClient } from '@rekey/secret/kind'
import { query } from './admin-query.ts'
import type { Possession } from './difference.ts'

/** A catalogue with access lists. */
interface AclCatalogue {
  readonly catalogue: string
  readonly acl: string
  /** The class under which `pg_shdepend` lists it, if that is another. */
  readonly listedAs?: string
}

/** Source: PostgreSQL documentation, table 5.2, and the callers of recordDependencyOnNewAcl in src/backend/catalog. */
const ACL_CATALOGUES: readonly AclCatalogue[] = [
  { catalogue: 'pg_class', acl: 'relacl' },
  { catalogue: 'pg_database', acl: 'datacl' },
  { catalogue: 'pg_tablespace', acl: 'spcacl' },
  { catalogue: 'pg_namespace', acl: 'nspacl' },
  { catalogue: 'pg_proc', acl: 'proacl' },
  { catalogue: 'pg_type', acl: 'typacl' },
  { catalogue: 'pg_language', acl: 'lanacl' },
  { catalogue: 'pg_foreign_data_wrapper', acl: 'fdwacl' },
  { catalogue: 'pg_foreign_server', acl: 'srvacl' },
  { catalogue: 'pg_largeobject_metadata', acl: 'lomacl', listedAs: 'pg_largeobject' },
  { catalogue: 'pg_parameter_acl', acl: 'paracl' },
]

const COLUMNS = `select d.*, c.attacl as acl from d join pg_catalog.pg_attribute c
  on d.classid = 'pg_class'::regclass and d.objsubid > 0 and c.attrelid = d.objid and c.attnum = d.objsubid`

/**
 * A query for the access list of each object in `d`, which has `classid`, `objid` and `objsubid` as in `pg_shdepend`. An
 * access list that is NULL names no role: what it stands for (`acldefault()`) is PUBLIC's and the owner's.
 */
const ACLS_OF_LISTED = [
  COLUMNS,
  ...ACL_CATALOGUES.map(
    ({ catalogue, acl, listedAs = catalogue }) =>
      `select d.*, c.${acl} as acl from d join pg_catalog.${catalogue} c
        on d.classid = '${listedAs}'::regclass and d.objsubid = 0 and c.oid = d.objid`,
  ),
].join(' union all ')

/** The classes that {@link ACLS_OF_LISTED} knows, as a list for `in (…)`. */
const KNOWN_ACL_CLASSES = ACL_CATALOGUES.map(
  ({ catalogue, listedAs = catalogue }) => `'${listedAs}'::regclass`,
).join(', ')

/** Something that a role holds in its own name. */
export interface Holding extends Possession {
  /** The role's number. */
  readonly role: number
}

const SHARED = `d.dbid = 0`
const IDENTITY = `i.type || ' ' || i.identity`
const IDENTIFY = 'cross join lateral pg_identify_object(d.classid, d.objid, d.objsubid) i'

/** `SELECT, UPDATE with grant option`: each privilege once, for all grantors together. */
const privilegesOf = (
  acl: string,
  condition: string,
) => `(select string_agg(p.text, ', ' order by p.text) from (
    select x.privilege_type || case when bool_or(x.is_grantable) then ' with grant option' else '' end as text
    from aclexplode(${acl}) x where ${condition} group by x.privilege_type) p)`

const NAME_OF_GRANTEE = `case x.grantee when 0 then 'PUBLIC' when d.role then 'itself' else pg_get_userbyid(x.grantee)::text end`

const grantsTo = (acl: string, condition: string) =>
  `coalesce((select string_agg(distinct x.privilege_type || ' to ' || ${NAME_OF_GRANTEE}, ', ')
    from aclexplode(${acl}) x where ${condition}), 'nothing')`

/** Objects of a session go with it. */
const TEMPORARY = `i.schema ~ '^pg_(toast_)?temp(_[0-9]+)?$'`

/** A user mapping holds a password, so its options never leave the server: equal options get an equal number. */
const USER_MAPPINGS = `select m.umuser, false, 'user mapping', 'server ' || m.srvname,
    case when current_setting('is_superuser') = 'on'
      then 'options ' || dense_rank() over (partition by m.srvid order by m.umoptions)
      else 'options that only a superuser can compare, of role ' || m.umuser::text end
  from pg_catalog.pg_user_mappings m join d on m.umid = d.objid and d.classid = 'pg_user_mapping'::regclass`

const PARTS: readonly string[] = [
  `select d.role, ${SHARED} as shared, 'ownership' as kind, ${IDENTITY} as object, 'owner' as value from d ${IDENTIFY}
    where d.deptype = 'o' and d.classid not in ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass)
      and ${TEMPORARY} is not true`,
  `select d.role, ${SHARED}, 'grant', ${IDENTITY}, ${privilegesOf('d.acl', 'x.grantee = d.role')} from acls d ${IDENTIFY}
    where exists (select from aclexplode(d.acl) x where x.grantee = d.role)`,
  `select d.role, ${SHARED}, 'granted', ${IDENTITY}, ${grantsTo('d.acl', 'x.grantor = d.role')} from acls d ${IDENTIFY}
    where exists (select from aclexplode(d.acl) x where x.grantor = d.role)`,
  `select d.role, ${SHARED}, 'default privilege', ${IDENTITY}, ${privilegesOf('c.defaclacl', 'x.grantee = d.role')}
    from d join pg_catalog.pg_default_acl c on c.oid = d.objid and d.classid = 'pg_default_acl'::regclass ${IDENTIFY}
    where d.deptype = 'a' and c.defaclrole <> d.role`,
  `select d.role, ${SHARED}, 'default privilege', 'on its own objects of type ' || c.defaclobjtype::text ||
      coalesce(' in schema ' || n.nspname, ''), ${grantsTo('c.defaclacl', 'true')}
    from d join pg_catalog.pg_default_acl c on c.oid = d.objid and d.classid = 'pg_default_acl'::regclass
    left join pg_catalog.pg_namespace n on n.oid = c.defaclnamespace where d.deptype = 'o'`,
  `select d.role, ${SHARED}, 'policy', ${IDENTITY}, 'named' from d ${IDENTIFY} where d.deptype = 'r'`,
  USER_MAPPINGS,
  // What this version of ours cannot read is never equal, because the role is part of the text.
  `select d.role, ${SHARED}, 'grant', ${IDENTITY}, 'an entry of kind ' || d.deptype::text || ' that cannot be read, of role ' || d.role::text
    from d ${IDENTIFY} where d.deptype not in ('o', 'a', 'r') or d.deptype = 'a'
      and d.classid not in ('pg_default_acl'::regclass, 'pg_auth_members'::regclass, ${KNOWN_ACL_CLASSES})`,
]

/** `pg_shdepend` has an index on the role, so a role that is named nowhere costs one look. */
const HOLDINGS = `with d as materialized (
    select distinct s.refobjid as role, s.dbid, s.classid, s.objid, s.objsubid, s.deptype
    from pg_catalog.pg_shdepend s
    where s.refclassid = 'pg_authid'::regclass and s.refobjid = any($1)
      and (s.dbid = 0 and $2 or s.dbid = (select oid from pg_catalog.pg_database where datname = current_database()))
  ), acls as (select * from (${ACLS_OF_LISTED}) a where a.deptype = 'a')
  select h.role::int8::float8 as role, case when h.shared then '' else current_database() end as database,
    h.kind, h.object, h.value from (${PARTS.join(' union all ')}) h
  order by h.kind, h.object`

/**
 * All that roles hold in their own name in this database: ownership, grants on every kind of object, what they granted on,
 * default privileges from either side, policies, user mappings. Not what comes through PUBLIC or a membership.
 *
 * @param shared - whether to read also the catalogues that all databases share
 */
export async function holdingsOf(
  client: SqlClient,
  roles: readonly number[],
  shared: boolean,
): Promise<Holding[]> {
  return query<Holding>(client, HOLDINGS, [roles, shared])
}
