import type { SqlClient } from '@rekey/secret/kind'
import { query } from './admin-query.ts'
import { type Administrator, enter, homeOf } from './database-access.ts'
import { findLoginReaders } from './login-readers.ts'
import type { MigrationFacts } from './migration-script.ts'
import { sessionsOf } from './sessions.ts'

/** Points that are not in the catalogues, or are there and have to be read by a person. */
const ALWAYS: readonly string[] = [
  'Whatever knows the role by the name it logs in with has to learn the new one: connection poolers, monitoring, pg_cron, ' +
    'log filters',
  'Sessions show the login in session_user and pg_stat_activity; acting as the owner role they cannot cancel each other or ' +
    'read each other’s statements there, unless it is granted pg_signal_backend or pg_read_all_stats',
]

/** Lists what an operator has to look at before an application's role is closed to logins. */
export async function warningsFor(
  admin: Administrator,
  facts: MigrationFacts,
  databases: readonly string[],
): Promise<string[]> {
  const home = homeOf(admin)
  const { role, login, ownerRole } = facts
  const warnings = [...attributeWarnings(facts), ...(await hbaWarnings(home, role.rolname, login))]
  warnings.push(...(await settingWarnings(home, facts)), ...(await textWarnings(home, facts)))
  for (const database of databases) {
    warnings.push(...(await enter(admin, database, (client) => textWarnings(client, facts))))
  }
  const sessions = await sessionsOf(home, role.rolname)
  if (sessions.length > 0) {
    warnings.push(`It has ${sessions.length} sessions; they go on until they end by themselves`)
  }
  if (ownerRole !== role.rolname) {
    warnings.push(
      `With the new name ${ownerRole}, "$user" in search_path and every text that has the name ${role.rolname} refer to no role`,
    )
  }
  return [...warnings, ...ALWAYS]
}

function attributeWarnings({ role }: MigrationFacts): string[] {
  const attributes: readonly (readonly [boolean, string])[] = [
    [
      role.rolcreaterole,
      'CREATEROLE: a service that has it can make roles; take it away if it need not',
    ],
    [
      role.rolbypassrls,
      'BYPASSRLS: row security does not hold for it; take it away if it need not',
    ],
    [
      role.rolconnlimit !== -1,
      `a connection limit of ${role.rolconnlimit}: old and new login have one each until step 2`,
    ],
    [
      role.rolvaliduntil !== null,
      'an end of validity, which the new login gets too: it stops logging in then, unless it is rotated before',
    ],
  ]
  return attributes.filter(([has]) => has).map(([, text]) => `The role has ${text}`)
}

async function hbaWarnings(home: SqlClient, role: string, login: string): Promise<string[]> {
  const [may] = await query<{ read: boolean }>(
    home,
    `select current_setting('is_superuser') = 'on' as read`,
  )
  if (may?.read !== true) {
    return [`pg_hba.conf could not be read: a line for ${role} by name does not let ${login} in`]
  }
  const lines = await query<{ line: number }>(
    home,
    `select line_number as line from pg_catalog.pg_hba_file_rules where $1 = any(user_name) order by 1`,
    [role],
  )
  return lines.map(
    ({ line }) =>
      `pg_hba.conf line ${line} names ${role}: it does not let ${login} in; write +${role} there, which means its members`,
  )
}

async function settingWarnings(home: SqlClient, { settings }: MigrationFacts): Promise<string[]> {
  const rows = await query<{ name: string }>(
    home,
    `select name from pg_catalog.pg_settings where context = 'superuser' and name = any($1) order by 1`,
    [settings.map(({ name }) => name)],
  )
  return rows.map(
    ({ name }) => `Only a superuser, or who was granted SET on it, can set ${name} for the login`,
  )
}

async function textWarnings(client: SqlClient, facts: MigrationFacts): Promise<string[]> {
  const readers = await findLoginReaders(client, facts.role.rolname, facts.login)
  return readers.map(
    ({ name, word }) =>
      `The ${name} reads ${word}, which will be the login; use current_user there`,
  )
}
