import type { SqlClient } from '@rekey/secret/kind'
import pg from 'pg'
import { query, serverVersion } from './admin-query.ts'
import { requireOwnerRole, requireRole } from './role.ts'

/**
 * Moves what a login owns in this database, and what it owns of the whole server, to its owner role. Run it in a
 * transaction.
 *
 * PostgreSQL wants the rights of both roles for this; an administrator with ADMIN on them may take those for a moment.
 *
 * @throws {SecretError} `missing` owner role; `refused` if it is no owner role; `forbidden`
 */
export async function reassignOwned(
  admin: SqlClient,
  login: string,
  ownerRole: string,
): Promise<void> {
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
