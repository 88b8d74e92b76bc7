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
export const ACLS_OF_LISTED = [
  COLUMNS,
  ...ACL_CATALOGUES.map(
    ({ catalogue, acl, listedAs = catalogue }) =>
      `select d.*, c.${acl} as acl from d join pg_catalog.${catalogue} c
        on d.classid = '${listedAs}'::regclass and d.objsubid = 0 and c.oid = d.objid`,
  ),
].join(' union all ')

/** The classes that {@link ACLS_OF_LISTED} knows, as a list for `in (…)`. */
export const KNOWN_ACL_CLASSES = ACL_CATALOGUES.map(
  ({ catalogue, listedAs = catalogue }) => `'${listedAs}'::regclass`,
).join(', ')
