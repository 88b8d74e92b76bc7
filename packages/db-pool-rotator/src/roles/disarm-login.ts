import type { SqlClient } from '@rekey/secret/kind'
import pg from 'pg'
import { query } from './admin-query.ts'
import { findExpendable } from './close-login.ts'
import { membershipsOf } from './membership.ts'

/**
 * Takes from a closed login all that would make it of use: its password, and every role that it is a member of. For a login that cannot be
 * dropped at once, because another role has granted it something. Run it in a transaction; can be done again.
 *
 * @throws {SecretError} `refused` for a superuser and for the administrator's own role; `forbidden`
 */
export async function disarmLogin(admin: SqlClient, login: string): Promise<void> {
  if ((await findExpendable(admin, login)) === undefined) return
  const name = pg.escapeIdentifier(login)
  await query(admin, `alter role ${name} nologin password null`, [], { role: login })
  for (const { role } of await membershipsOf(admin, login)) {
    await query(admin, `revoke ${pg.escapeIdentifier(role)} from ${name}`, [], { role })
  }
}
