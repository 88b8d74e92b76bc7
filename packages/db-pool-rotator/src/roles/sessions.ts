import type { SessionCount } from '@rekey/secret/internal/kind'
import type { SqlClient } from '@rekey/secret/kind'
import { query, serverVersion } from './admin-query.ts'

/**
 * A session of a login. `null` is what the administrator may not see: addresses, states and times of others need
 * `pg_read_all_stats`. Its query is never read. Cursors, prepared statements and LISTEN channels are known only to the
 * session itself (`pg_listening_channels()` and `pg_cursors` have no other's), so they cannot be listed from outside.
 */
export interface Session {
  readonly pid: number
  readonly applicationName: string
  readonly clientAddress: string | null
  readonly clientPort: number | null
  readonly database: string | null
  /** `active`, `idle`, `idle in transaction`, … */
  readonly state: string | null
  readonly since: Date | null
  /** For how long it has been in that state. */
  readonly stateAgeMs: number | null
  /** How old its open transaction is; null without one. */
  readonly transactionAgeMs: number | null
  /** For how long its statement has run; null if none runs. */
  readonly queryAgeMs: number | null
  /** The first 20 locks on user tables and advisory locks, `RowExclusiveLock on public.orders`, `advisory lock 42`. */
  readonly locks: readonly string[]
  /** In the administrator's database. Before PostgreSQL 16 only during a transaction, which shows whose they are. */
  readonly temporaryTables: readonly string[]
}

const MAX_LOCKS = 20

/** Objects of users have higher numbers (FirstNormalObjectId in src/include/access/transam.h). */
const LOCKS = `select l.pid, case l.locktype
      when 'relation' then l.mode || ' on ' || case when l.database = b.oid then l.relation::regclass::text
        else 'table ' || l.relation::text || ' of another database' end
      else 'advisory lock ' || case l.objsubid when 1 then (l.classid::int8 << 32 | l.objid::int8)::text
        else l.classid::text || ', ' || l.objid::text end end as name
  from pg_catalog.pg_locks l join pg_catalog.pg_database b on b.datname = current_database()
  where l.granted and (l.locktype = 'relation' and l.relation >= 16384 or l.locktype = 'advisory')`

/** The number in `pg_temp_N` is that of the backend's slot. */
const SLOTS = `select pg_stat_get_backend_pid(n) as pid, n::text from pg_stat_get_backend_idset() n`
const SLOTS_BEFORE_16 = `select distinct pid, split_part(virtualtransaction, '/', 1) from pg_catalog.pg_locks`

const ageMs = (since: string) => `(extract(epoch from clock_timestamp() - ${since}) * 1000)::float8`

const sessionsQuery = (slots: string, condition: string) => `with locks as (${LOCKS}),
  slots(pid, slot) as (${slots}),
  temporary as (select substr(n.nspname, 9) as slot, c.relname as name
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relpersistence = 't' and c.relkind in ('r', 'p'))
  select a.pid, coalesce(a.application_name, '') as "applicationName", host(a.client_addr) as "clientAddress",
    a.client_port as "clientPort", a.datname as database, a.state, a.backend_start as since,
    ${ageMs('a.state_change')} as "stateAgeMs", ${ageMs('a.xact_start')} as "transactionAgeMs",
    case when a.state = 'active' then ${ageMs('a.query_start')} end as "queryAgeMs",
    array(select distinct l.name from locks l where l.pid = a.pid order by 1 limit ${MAX_LOCKS}) as locks,
    array(select t.name::text from slots s join temporary t using (slot) where s.pid = a.pid
      and a.datname = current_database() order by 1) as "temporaryTables"
  from pg_catalog.pg_stat_activity a
  where ${condition} and a.pid <> pg_backend_pid() order by a.backend_start, a.pid`

/** By number, the role that logged in: `SET ROLE` does not change it, and the name is gone once the role is dropped. */
const BY_NUMBER = 'a.usesysid = $1::oid'
const BY_NAME = 'a.usesysid = (select r.oid from pg_catalog.pg_roles r where r.rolname = $1)'

/** The open sessions of a login, whatever role they act as. */
export async function sessionsOf(admin: SqlClient, login: string): Promise<Session[]> {
  return lookFor(admin, BY_NAME, login)
}

/** The open sessions of a role that may be dropped already. */
export async function sessionsOfNumber(admin: SqlClient, oid: number): Promise<Session[]> {
  return lookFor(admin, BY_NUMBER, oid)
}

const COUNT = `select coalesce(nullif(a.application_name, ''), 'a session without a name') as client, count(*)::int as sessions
  from pg_catalog.pg_stat_activity a where ${BY_NAME} and a.pid <> pg_backend_pid() group by 1 order by 2 desc, 1`

/** Counts the open sessions of a login, whatever role they act as, by the name of the application. */
export async function countSessions(admin: SqlClient, login: string): Promise<SessionCount[]> {
  return query<SessionCount>(admin, COUNT, [login])
}

async function lookFor(admin: SqlClient, condition: string, value: unknown): Promise<Session[]> {
  // In a transaction PostgreSQL would show the sessions of the first look for ever.
  await query(admin, 'select pg_stat_clear_snapshot()')
  const slots = (await serverVersion(admin)) >= 16 ? SLOTS : SLOTS_BEFORE_16
  return query<Session>(admin, sessionsQuery(slots, condition), [value])
}

/** `nightly-report from 127.0.0.1 port 5433, idle in transaction for 12 s, with RowExclusiveLock on orders`. */
export function describeSession(session: Session): string {
  const { applicationName, clientAddress, clientPort, state, stateAgeMs, locks } = session
  const address = clientAddress === null ? '' : ` from ${clientAddress} port ${clientPort ?? 0}`
  const age = stateAgeMs === null ? '' : ` for ${Math.round(stateAgeMs / 1000)} s`
  return [
    `${applicationName || 'a session without a name'}${address}`,
    ...(state === null ? [] : [`${state}${age}`]),
    ...(locks.length === 0 ? [] : [`with ${locks.join(' and ')}`]),
  ].join(', ')
}
