import { inTransaction } from './admin-query.ts'
import { closeLogin } from './close-login.ts'
import { type Administrator, homeOf } from './database-access.ts'
import { type DropOptions, dropLogin } from './drop-login.ts'
import { endSessions, type SessionEnd } from './end-sessions.ts'

/** A login to remove. */
export interface Revocation extends Omit<SessionEnd, 'oid'>, DropOptions {}

/** The result of a revocation. */
export interface RevocationReport {
  /** False if the login did not exist any more. */
  readonly dropped: boolean
  /** How many sessions had to be ended. */
  readonly ended: number
}

/**
 * Removes a login for good: no new sessions, then no sessions, then no role, then none by its number. Can be run again after
 * a crash at any point. Not in a transaction: each part is one.
 *
 * Dropping the role alone would not do: a session that had done `SET ROLE` keeps its rights after `DROP ROLE`.
 *
 * @throws {SecretError} `refused` if something depends on the role (the message names it), if it is the administrator's
 * own or a superuser, or if its sessions do not end; `forbidden` without the right to alter it or to end its sessions
 */
export async function revokeLogin(
  admin: Administrator,
  revocation: Revocation,
): Promise<RevocationReport> {
  const home = homeOf(admin)
  const { login, reassignTo } = revocation
  const closed = await closeLogin(home, login)
  if (closed === undefined) return { dropped: false, ended: 0 }
  const ended = await endSessions(home, revocation)
  const options = reassignTo === undefined ? {} : { reassignTo }
  const dropped = await inTransaction(home, () => dropLogin(admin, login, options))
  const survivors = await endSessions(home, { ...revocation, ...closed, deadlineMs: 0 })
  return { dropped, ended: ended + survivors }
}
