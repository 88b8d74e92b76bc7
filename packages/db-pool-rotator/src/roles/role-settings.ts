import type { SqlClient } from '@rekey/secret/kind'
import pg from 'pg'
import { query } from './admin-query.ts'

/** One `ALTER ROLE … SET`. */
export interface RoleSetting {
  /** Empty: in every database. */
  readonly database: string
  readonly name: string
  readonly value: string
}

const SETTINGS = `select coalesce(d.datname, '') as database, split_part(c, '=', 1) as name,
    substr(c, strpos(c, '=') + 1) as value
  from pg_catalog.pg_db_role_setting s
  join pg_catalog.pg_roles r on r.oid = s.setrole
  left join pg_catalog.pg_database d on d.oid = s.setdatabase
  cross join unnest(s.setconfig) c
  where r.rolname = $1 order by 1, 2`

/**
 * Settings that are lists of names, stored as one text with the names quoted inside. Written back as one literal they would
 * become one name. The list is that of `variable_is_guc_list_quote` in PostgreSQL's src/bin/pg_dump/dumputils.c.
 */
const LISTS_OF_NAMES = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
])

/** The settings that sessions of `role` start with. They are not inherited through membership. */
export async function settingsOf(admin: SqlClient, role: string): Promise<RoleSetting[]> {
  return query<RoleSetting>(admin, SETTINGS, [role])
}

/** Makes sessions of `role` start with `setting`. */
export async function setRoleSetting(
  admin: SqlClient,
  role: string,
  setting: RoleSetting,
): Promise<void> {
  await query(admin, settingStatement(role, setting), [], { setting: setting.name })
}

/** The statement that makes sessions of `role` start with a setting. */
export function settingStatement(role: string, { database, name, value }: RoleSetting): string {
  const where = database === '' ? '' : ` in database ${pg.escapeIdentifier(database)}`
  const setting = name.split('.').map(pg.escapeIdentifier).join('.')
  const values = LISTS_OF_NAMES.has(name.toLowerCase()) ? splitNames(value) : [value]
  const literals = values.map(pg.escapeLiteral).join(', ')
  return `alter role ${pg.escapeIdentifier(role)}${where} set ${setting} to ${literals}`
}

/** `"a ""b""", public` → `a "b"`, `public`. An empty list is one empty name. */
function splitNames(list: string): string[] {
  const names = [...list.matchAll(/"((?:[^"]|"")*)"|([^\s",]+)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
  return names.length === 0 ? [''] : names
}
