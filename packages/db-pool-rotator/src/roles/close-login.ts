import { SecretError } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import pg from 'pg'
import { query } from './admin-query.ts'
import { findRole, type Role } from './role.ts'

/** A login that takes no new sessions. */
export interface ClosedLogin {
  readonly login: string
  /** Its number, by which sessions are found when the role is gone. */
  readonly oid: number
}

/**
 * Closes a login to new sessions; open ones go on. Can be done again. In a caller's transaction it counts once that is
 * committed: only then end the sessions.
 *
 * @returns undefined if the login does not exist any more
 * @throws {SecretError} `refused` for a superuser and for the administrator's own role; `forbidden`
 */
export async function closeLogin(
  admin: SqlClient,
  login: string,
): Promise<ClosedLogin | undefined> {
  const role = await findExpendable(admin, login)
  if (role === undefined) return undefined
  await query(admin, `alter role ${pg.escapeIdentifier(login)} nologin`, [], { role: login })
  return { login, oid: role.oid }
}

/**
 * Looks a login up that may be removed.
 *
 * @throws {SecretError} `refused` for a superuser and for the administrator's own role
 */
export async function findExpendable(admin: SqlClient, login: string): Promise<Role | undefined> {
  const role = await findRole(admin, login)
  if (role === undefined) return undefined
  const [own] = await query<{ name: string }>(admin, 'select session_user as name')
  if (!role.rolsuper && own?.name !== login) return role
  throw new SecretError('refused', `The role ${login} is an administrator's; it is not removed`, {
    role: login,
  })
}
