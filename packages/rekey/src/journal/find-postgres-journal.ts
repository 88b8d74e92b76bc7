import { requireOwnTables, withSqlClient } from '@rekey/secret/internal/kind'
import { type SqlClient, type SqlPool } from '@rekey/secret/kind'
import { TABLES } from './postgres-journal.ts'

const { own, isComplete, statements } = TABLES

const MAY_MAKE = `select has_database_privilege(current_database(), 'CREATE') as allowed`
const MAY_WRITE = `
  select bool_and(has_table_privilege(t, p)) as allowed
  from unnest(array['rekey.rotation', 'rekey.rotation_event', 'rekey.journal']) t,
    unnest(array['SELECT', 'INSERT', 'UPDATE']) p`

/**
 * Looks whether the journal of a database is the rotator's alone and whether it can be written, or made where it is not there. Writes nothing.
 *
 * @returns its name; undefined if it is not made yet
 * @throws {SecretError} as `openPostgresJournal`
 */
export async function findPostgresJournal(database: SqlPool): Promise<string | undefined> {
  const look = async (client: SqlClient) => {
    await requireOwnTables(client, own)
    const [made] = await statements.query<{ complete: boolean }>(client, isComplete)
    const [rights] = await statements.query<{ allowed: boolean }>(
      client,
      made?.complete === true ? MAY_WRITE : MAY_MAKE,
    )
    if (rights?.allowed !== true)
      throw statements.failure(Object.assign(new Error(), { code: '42501' }))
    if (made?.complete !== true) return undefined
    const named = 'select name from rekey.journal'
    return (await statements.query<{ name: string }>(client, named))[0]?.name
  }
  return withSqlClient(database, statements.failure, (client) =>
    statements.transaction(client, 'begin read only', () => look(client)),
  )
}
