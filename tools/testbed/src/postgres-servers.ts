import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { findForTest } from './find-for-test.ts'

/** The name of a server for the title of a suite, and the folder of its programs; without one, those from npm. */
export type PostgresServer = readonly [name: string, binDirectory: string | undefined]

/**
 * The PostgreSQL versions that a suite is run on. The catalogues differ: 16 brought grant options, 17 the privilege MAINTAIN.
 *
 * @throws {Error} if PostgreSQL 15 is absent and `CI` is `true`; otherwise its suite is left out, as stderr reports
 */
export async function findPostgresServers(): Promise<readonly PostgresServer[]> {
  const { found, path } = await findForTest('postgresql-15')
  const latest: PostgresServer = ['PostgreSQL 18', undefined]
  return found ? [latest, ['PostgreSQL 15', dirname(await realpath(path))]] : [latest]
}
