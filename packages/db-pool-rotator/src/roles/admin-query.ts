import type { ErrorDetails } from '@rekey/secret/internal'
import type { SqlClient } from '@rekey/secret/kind'
import { describeAdminError } from './admin-error.ts'

/**
 * Runs one statement of an administrator and gives its rows.
 *
 * @throws {SecretError} in place of the driver's error, whose message and detail may quote values
 */
export async function query<Row extends object>(
  admin: SqlClient,
  text: string,
  values: unknown[] = [],
  details: ErrorDetails = {},
): Promise<Row[]> {
  try {
    return (await admin.query<Row>(text, values)).rows
  } catch (error) {
    throw describeAdminError(error, details)
  }
}

/** Runs `work` in a transaction of its own: all of it happens, or none. `admin` must not be in one already. */
export async function inTransaction<T>(admin: SqlClient, work: () => Promise<T>): Promise<T> {
  await query(admin, 'begin')
  try {
    const result = await work()
    await query(admin, 'commit')
    return result
  } catch (error) {
    await query(admin, 'rollback')
    throw error
  }
}

/** The major version of the server: 15, 18, … */
export async function serverVersion(admin: SqlClient): Promise<number> {
  const [row] = await query<{ version: number }>(
    admin,
    `select current_setting('server_version_num')::int / 10000 as version`,
  )
  return row?.version ?? 0
}
