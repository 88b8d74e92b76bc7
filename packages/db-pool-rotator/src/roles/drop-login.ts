import { SecretError } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import pg from 'pg'
import { query, serverVersion } from './admin-query.ts'
import { findExpendable } from './close-login.ts'
import { type Administrator, homeOf } from './database-access.ts'
import { type Blocker, describeBlockers, findBlockers } from './drop-blockers.ts'
import { requireOwnerRole, requireRole, type Role } from './role.ts'
import { settingsOf } from './role-settings.ts'
import { describeSession, sessionsOfNumber } from './sessions.ts'

/** How to drop a login. */
export interface DropOptions {
  /** The owner role that gets what the login owns in the administrator's own database. Default: owning keeps it. */
  readonly reassignTo?: string
}

/**
 * Drops a closed login. Run it in a transaction, so that all of it happens or none: a refusal is found by looking, before
 * anything is changed, and leaves the transaction usable unless something was reassigned.
 *
 * @returns false if the login did not exist any more
 * @throws {SecretError} `refused` while it is open or has sessions (named), while something depends on it (each thing named, with the
 * statement that moves what it owns), or if it is an administrator's; `forbidden`
 */
export async function dropLogin(
  admin: Administrator,
  login: string,
  options: DropOptions = {},
): Promise<boolean> {
  const { reassignTo } = options
  const home = homeOf(admin)
  const role = await findExpendable(home, login)
  if (role === undefined) return false
  requireClosed(role)
  await requireSilent(home, login, role.oid)
  let blockers = await findBlockers(admin, role)
  const [here] = await query<{ name: string }>(home, 'select current_database() as name')
  const isMovable = ({ movable, database }: Blocker) =>
    movable && (database === '' || database === here?.name)
  if (reassignTo !== undefined && blockers.length > 0 && blockers.every(isMovable)) {
    await reassignOwned(home, login, reassignTo)
    blockers = await findBlockers(admin, role)
  }
  if (blockers.length > 0) throw await blocked(home, login, blockers, reassignTo)
  await query(home, `drop role if exists ${pg.escapeIdentifier(login)}`, [], { role: login })
  return true
}

function requireClosed({ rolname, rolcanlogin }: Role): void {
  if (!rolcanlogin) return
  const message = `The role ${rolname} is open to new sessions; close it, end its sessions, then run this again`
  throw new SecretError('refused', message, { role: rolname })
}

async function requireSilent(home: SqlClient, login: string, oid: number): Promise<void> {
  const sessions = await sessionsOfNumber(home, oid)
  if (sessions.length === 0) return
  const named = sessions.map(describeSession).join('; ')
  const message = `The role ${login} is in use by ${named}. End these sessions, then run this again`
  throw new SecretError('refused', message, { role: login, sessions: sessions.length })
}

async function blocked(
  home: SqlClient,
  login: string,
  blockers: readonly Blocker[],
  reassignTo: string | undefined,
): Promise<SecretError> {
  const settings = await settingsOf(home, login)
  const owner = reassignTo ?? settings.find(({ name }) => name === 'role')?.value
  const message =
    `The role ${login} is not dropped, because ${describeBlockers(blockers, login, owner)}. ` +
    'Revoke the rest, and run this again'
  return new SecretError('refused', message, { role: login, blockers: blockers.length })
}

/**
 * Moves what a login owns in this database, and what it owns of the whole server, to its owner role. Run it in a
 * transaction.
 *
 * PostgreSQL wants the rights of both roles for this; an administrator with ADMIN on them may take those for a moment.
 *
 * @throws {SecretError} `missing` owner role; `refused` if it is no owner role; `forbidden`
 */
async function reassignOwned(admin: SqlClient, login: string, ownerRole: string): Promise<void> {
  requireOwnerRole(await requireRole(admin, ownerRole))
  const [from, to] = [pg.escapeIdentifier(login), pg.escapeIdentifier(ownerRole)]
  await takeRights(admin, login)
  const taken = await takeRights(admin, ownerRole)
  await query(admin, `reassign owned by ${from} to ${to}`, [], { role: login })
  if (taken) await query(admin, `revoke ${to} from current_user`, [], { role: ownerRole })
}

/** @returns whether the administrator had not got them yet */
async function takeRights(admin: SqlClient, role: string): Promise<boolean> {
  const [row] = await query<{ has: boolean }>(
    admin,
    `select pg_has_role($1::name, 'USAGE') as has`,
    [role],
  )
  if (row?.has === true) return false
  const options = (await serverVersion(admin)) >= 16 ? ' with inherit true, set true' : ''
  const text = `grant ${pg.escapeIdentifier(role)} to current_user${options}`
  await query(admin, text, [], { role })
  return true
}
