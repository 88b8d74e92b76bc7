import type { RoleModel, Roles } from './database-roles.ts'

/** What a server shows: its roles, and who has a session of a role, by its number. */
export interface Shown {
  readonly roles: Roles
  sessionsOf(oid: number): readonly string[]
}

type Rows = readonly object[]

/** Answers that are the same at every time, by a part of the question. */
const STEADY: readonly (readonly [part: string, rows: Rows])[] = [
  ['pg_stat_clear_snapshot', []],
  ['server_version_num', [{ version: 18 }]],
  ['select session_user as name', [{ name: 'rekey' }]],
  ['current_database() as name', [{ name: 'alpha' }]],
  ['scram_iterations', [{ policy: 0 }]],
  ['pg_last_wal_replay_lsn', [{ done: true, position: null }]],
  ['"isFinite"', [{ isFinite: null, isOver: null }]],
  ["set_config('lock_timeout'", [{ pid: 1 }]],
  ['shobj_description', [{ comment: '' }]],
  ...[
    'select g.role, g.admin',
    "'membership of '",
    'pg_shseclabel',
    'pg_prepared_xacts',
    'pg_stat_replication',
    'pg_stat_wal_receiver',
    'system_user',
    'refobjid = any($1)',
    "select 'column' as kind",
  ].map((part) => [part, []] as const),
]

const LOOKS: readonly (readonly [part: string, look: (shown: Shown, value: unknown) => Rows])[] = [
  ['select oid::int8::float8', ({ roles }, name) => rowsOf(roles, String(name), toRow)],
  [
    'select g.rolname as role',
    ({ roles }, name) =>
      (roles.get(String(name))?.memberOf ?? []).map((role) => {
        return { role, admin: false, inherit: true, set: true }
      }),
  ],
  [
    'pg_db_role_setting',
    ({ roles }, name) =>
      (roles.get(String(name))?.settings ?? []).map((setting) => {
        const [is = '', value = ''] = setting.split('=')
        return { database: '', name: is, value }
      }),
  ],
  [
    'with recursive acting',
    ({ roles }, owner) =>
      Array.from(roles, ([name, { canLogin, memberOf }]) => {
        const actsAsOwner = canLogin && memberOf.includes(String(owner))
        return { name, canLogin, actsAsOwner }
      }).filter(({ name, actsAsOwner }) => actsAsOwner || name.startsWith(`${String(owner)}_g`)),
  ],
  ['a.usesysid = $1::oid', (shown, oid) => shown.sessionsOf(Number(oid)).map(toSession)],
  [
    'pg_stat_activity',
    (shown, name) =>
      shown.sessionsOf(shown.roles.get(String(name))?.oid ?? 0).map((each) => toSession(each)),
  ],
]

/** The answer to a question about roles or sessions, if that does not depend on either. */
export function steadyAnswer(text: string): Rows | undefined {
  return STEADY.find(([part]) => text.includes(part))?.[1]
}

/** The answer to a question about roles or sessions; undefined if it is none. */
export function answerOf(shown: Shown, text: string, value: unknown): Rows | undefined {
  return LOOKS.find(([part]) => text.includes(part))?.[1](shown, value)
}

function rowsOf(roles: Roles, name: string, of: (name: string, role: RoleModel) => object): Rows {
  const role = roles.get(name)
  return role === undefined ? [] : [of(name, role)]
}

function toRow(rolname: string, { oid, canLogin: rolcanlogin }: RoleModel): object {
  return {
    ...{ oid, rolname, rolcanlogin, rolsuper: false, rolinherit: true, rolcreaterole: false },
    ...{ rolcreatedb: false, rolreplication: false, rolbypassrls: false, rolconnlimit: -1 },
    rolvaliduntil: null,
  }
}

function toSession(applicationName: string): object {
  const nothing = { clientAddress: null, clientPort: null, state: null, stateAgeMs: null }
  return { applicationName, ...nothing, pid: 0, locks: [], temporaryTables: [] }
}
