import { type Clock, SecretError, systemClock } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import { query } from './admin-query.ts'
import { findRole } from './role.ts'
import { describeSession, type Session, sessionsOfNumber } from './sessions.ts'

/** Whose sessions to end, and when. */
export interface SessionEnd {
  readonly login: string
  /** The login's number, which finds its sessions also when it is dropped. Default: that of the role `login`. */
  readonly oid?: number
  /** How long its sessions may end by themselves. 0 ends them at once: the login leaked. */
  readonly deadlineMs: number
  /** Called once for each session that is still open at the deadline, just before it is ended. */
  readonly onStraggler?: (session: Session) => void
  /** Stops waiting; the login stays closed to new sessions. */
  readonly signal?: AbortSignal
  readonly clock?: Clock
}

export const POLL_MS = 100

/** How long an ended session may take to disappear: a backend notices only between two steps of its work. */
export const END_TIMEOUT_MS = 10_000

/** One look can miss a session that is just logging in: it is listed only when it is done with that. */
const LOOKS = 2

/**
 * Waits for the sessions of a closed login to end, ends those that have not at the deadline, and goes on until it sees none
 * twice. Sessions count by the role that logged in, so `SET ROLE` hides none, and neither does dropping the role.
 *
 * Not in a transaction: it may take long, and a login that is not committed as closed lets new sessions in.
 *
 * @returns how many it ended
 * @throws {SecretError} `refused` if sessions do not end; `forbidden` without `pg_signal_backend`
 */
export async function endSessions(admin: SqlClient, end: SessionEnd): Promise<number> {
  const { login, deadlineMs, onStraggler, signal, clock = systemClock } = end
  const oid = end.oid ?? (await findRole(admin, login))?.oid
  if (oid === undefined) return 0
  const startMs = clock.elapsed()
  const ended = new Set<number>()
  let silent = 0
  for (;;) {
    const sessions = await sessionsOfNumber(admin, oid)
    silent = sessions.length === 0 ? silent + 1 : 0
    if (silent === LOOKS) return ended.size
    const overdueMs = clock.elapsed() - startMs - deadlineMs
    if (overdueMs > END_TIMEOUT_MS && sessions.length > 0) throw stuck(login, sessions)
    if (overdueMs >= 0 && sessions.length > 0) {
      for (const session of sessions.filter(({ pid }) => !ended.has(pid))) {
        ended.add(session.pid)
        onStraggler?.(session)
      }
      await terminate(admin, login, oid)
    }
    await clock.sleep(POLL_MS, signal, { keepAlive: true })
  }
}

/** Looks for them in the same statement, so no other session can have got their process number. */
async function terminate(admin: SqlClient, login: string, oid: number): Promise<void> {
  const text = `select pg_terminate_backend(a.pid) from pg_catalog.pg_stat_activity a
    where a.usesysid = $1::oid and a.pid <> pg_backend_pid()`
  await query(admin, text, [oid], { role: login })
}

/** The error of sessions that do not end. */
export function stuck(login: string, sessions: readonly Session[]): SecretError {
  const named = sessions.map(describeSession).join('; ')
  const message = `Sessions of ${login} do not end: ${named}. End them on the server, then run this again`
  return new SecretError('refused', message, { role: login, sessions: sessions.length })
}
