import { type Clock, systemClock } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import { ownSessionsAt } from '../connection/bounded-client.ts'
import { query } from './admin-query.ts'
import { END_TIMEOUT_MS, POLL_MS, stuck } from './end-sessions.ts'
import { type Session, sessionsOf } from './sessions.ts'

/** Whose sessions to end, and when. */
interface EarlierSessions {
  readonly login: string
  /** Where the sessions of this process are, which stay. */
  readonly server: { readonly host?: string; readonly port?: number }
  /** How long one that works may go on. 0 ends it at once. */
  readonly deadlineMs: number
  readonly onStraggler: (session: Session) => void
  readonly signal: AbortSignal
  readonly clock?: Clock
}

const EARLIER = `select a.pid from pg_catalog.pg_stat_activity a join pg_catalog.pg_roles r on r.oid = a.usesysid
  where r.rolname = $1 and a.backend_start < $2::timestamptz and a.pid <> pg_backend_pid() and not a.pid = any ($3)`

/** Looks for them in the same statement, so no other session can have got their process number. */
const TERMINATE = `with old as (${EARLIER})
  select pg_terminate_backend(a.pid) from pg_catalog.pg_stat_activity a join old using (pid) where a.state = 'idle' or $4`

/**
 * Ends the sessions that a login has when this begins, but those of this process. One that waits for its client is ended at once, since its user opens another; one that
 * works, or is in a transaction, at the deadline.
 *
 * @throws {SecretError} `refused` if they do not end
 */
export async function endEarlierSessions(admin: SqlClient, end: EarlierSessions): Promise<void> {
  const { login, deadlineMs, onStraggler, signal, clock = systemClock } = end
  const { host = 'localhost', port = 5432 } = end.server
  const [now] = await query<{ at: string }>(admin, 'select clock_timestamp()::text as at')
  const startMs = clock.elapsed()
  for (;;) {
    const values = [login, now?.at, ownSessionsAt({ host, port })]
    const left = await query<{ pid: number }>(admin, EARLIER, values)
    if (left.length === 0) return
    const overdueMs = clock.elapsed() - startMs - deadlineMs
    const pids = new Set(left.map(({ pid }) => pid))
    const sessions =
      overdueMs < 0 ? [] : (await sessionsOf(admin, login)).filter(({ pid }) => pids.has(pid))
    for (const session of sessions) onStraggler(session)
    if (overdueMs > END_TIMEOUT_MS) throw stuck(login, sessions)
    await query(admin, TERMINATE, [...values, overdueMs >= 0], { role: login })
    await clock.sleep(POLL_MS, signal, { keepAlive: true })
  }
}
