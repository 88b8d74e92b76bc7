import { type Clock, SecretError, systemClock } from '@rekey/secret'
import pg from 'pg'
import { query } from './admin-query.ts'
import { codeOf, describeDatabaseError } from '../database-error.ts'
import { findBlockers } from './drop-blockers.ts'
import { findRole } from './role.ts'
import { endSessionsOf, type Session, sessionsOf } from './sessions.ts'

/** A login to remove. */
export interface Revocation {
  readonly login: string
  /** How long its sessions may end by themselves. 0 ends them at once: the login leaked. */
  readonly deadlineMs: number
  /** Told once of each session that is still open at the deadline, just before it is ended. */
  readonly onStraggler?: (session: Session) => void
  /** Stops waiting; the login stays closed to new sessions. */
  readonly signal?: AbortSignal
  readonly clock?: Clock
}

/** What a revocation did. */
export interface RevocationReport {
  /** False if the login did not exist any more. */
  readonly dropped: boolean
  /** How many sessions had to be ended. */
  readonly ended: number
}

const POLL_MS = 100

/** How long an ended session may take to disappear: a backend notices only between two steps of its work. */
const END_TIMEOUT_MS = 10_000

/**
 * Removes a login for good: no new sessions, then no sessions, then no role. Can be run again after a crash.
 *
 * Dropping the role alone would not do: a session that had done `SET ROLE` keeps its rights after `DROP ROLE`.
 *
 * @throws {SecretError} `refused` if something depends on the role (the details say what), if it is the administrator's
 * own or a superuser, or if its sessions do not end; `forbidden` without the right to alter it or to end its sessions
 */
export async function revokeLogin(
  admin: pg.ClientBase,
  revocation: Revocation,
): Promise<RevocationReport> {
  const { login } = revocation
  const role = await findRole(admin, login)
  if (role === undefined) return { dropped: false, ended: 0 }
  await requireExpendable(admin, login, role.rolsuper)
  await query(admin, `alter role ${pg.escapeIdentifier(login)} nologin`, [], { role: login })
  const ended = await untilSilent(admin, revocation)
  await dropRole(admin, login)
  return { dropped: true, ended }
}

async function requireExpendable(
  admin: pg.ClientBase,
  login: string,
  isSuper: boolean,
): Promise<void> {
  const [own] = await query<{ name: string }>(admin, 'select session_user as name')
  if (!isSuper && own?.name !== login) return
  throw new SecretError('refused', `The role ${login} is an administrator's; it is not removed`, {
    role: login,
  })
}

/** Silent means seen without sessions twice: one that had just logged in may not show at the first look. */
async function untilSilent(admin: pg.ClientBase, revocation: Revocation): Promise<number> {
  const { login, deadlineMs, onStraggler, signal, clock = systemClock } = revocation
  const startMs = clock.now()
  const ended = new Set<number>()
  let silent = 0
  for (;;) {
    const sessions = await sessionsOf(admin, login)
    silent = sessions.length === 0 ? silent + 1 : 0
    if (silent === 2) return ended.size
    const overdueMs = clock.now() - startMs - deadlineMs
    if (overdueMs > END_TIMEOUT_MS && sessions.length > 0) throw stuck(login, sessions.length)
    if (overdueMs >= 0 && sessions.length > 0) {
      const fresh = sessions.filter(({ pid }) => !ended.has(pid))
      for (const session of fresh) {
        ended.add(session.pid)
        onStraggler?.(session)
      }
      await endSessionsOf(admin, login)
    }
    await clock.sleep(POLL_MS, signal, { keepAlive: true })
  }
}

function stuck(login: string, sessions: number): SecretError {
  return new SecretError(
    'refused',
    `Sessions of ${login} do not end; look at them in pg_stat_activity`,
    {
      role: login,
      sessions,
    },
  )
}

async function dropRole(admin: pg.ClientBase, login: string): Promise<void> {
  try {
    await admin.query(`drop role if exists ${pg.escapeIdentifier(login)}`)
  } catch (error) {
    if (codeOf(error) !== '2BP01') throw describeDatabaseError(error, { role: login })
    const blockers = await findBlockers(admin, login)
    throw new SecretError(
      'refused',
      `The role ${login} is closed but not dropped, because ${blockers.join('; ')}. ` +
        'Move them to the owner role (REASSIGN OWNED in that database), revoke the grants, and run this again',
      { role: login, blockers: blockers.length },
    )
  }
}
