import type pg from 'pg'
import { query } from './admin-query.ts'

/** A session of a login. What the administrator may not see is null. */
export interface Session {
  readonly pid: number
  readonly applicationName: string
  readonly clientAddress: string | null
  /** `active`, `idle`, `idle in transaction`, … */
  readonly state: string | null
  readonly since: Date | null
}

/**
 * By `usesysid`, the role that logged in: `SET ROLE` does not change it, and the name is gone once the role is dropped.
 */
const SESSIONS = `select a.pid, coalesce(a.application_name, '') as "applicationName",
    host(a.client_addr) as "clientAddress", a.state, a.backend_start as since
  from pg_catalog.pg_stat_activity a join pg_catalog.pg_roles r on r.oid = a.usesysid
  where r.rolname = $1 and a.pid <> pg_backend_pid() order by a.backend_start, a.pid`

/** The open sessions of a login, whatever role they act as. */
export async function sessionsOf(admin: pg.ClientBase, login: string): Promise<Session[]> {
  return query<Session>(admin, SESSIONS, [login])
}

/** Ends all sessions of a login. Looks for them in the same statement, so no other session can get their number. */
export async function endSessionsOf(admin: pg.ClientBase, login: string): Promise<void> {
  await query(
    admin,
    `select pg_terminate_backend(a.pid)
      from pg_catalog.pg_stat_activity a join pg_catalog.pg_roles r on r.oid = a.usesysid
      where r.rolname = $1 and a.pid <> pg_backend_pid()`,
    [login],
    { role: login },
  )
}
