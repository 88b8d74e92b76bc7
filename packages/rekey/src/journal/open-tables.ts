import { SecretError } from '@rekey/secret'
import { type DocumentName, requireTableFormat } from '@rekey/secret/internal'
import {
  type OwnTables,
  requireOwnTables,
  type SqlStatements,
  withSqlClient,
} from '@rekey/secret/internal/kind'
import { type SqlClient, type SqlPool } from '@rekey/secret/kind'

/** How tables of the rotator are opened. */
export interface TablesToOpen {
  /** The name of their format. */
  readonly document: DocumentName
  readonly own: OwnTables
  /** A query of one row: `complete`, whether all that `create` makes is there. */
  readonly isComplete: string
  /** Statements that make what is absent. */
  readonly create: string
  readonly statements: SqlStatements
}

/** How long it waits for another role that is making an object of the same name. */
const LOCK_TIMEOUT_MS = 5_000
// One that stands still is cut off while the others wait for it.
const BEGIN = `begin; set local idle_in_transaction_session_timeout = ${LOCK_TIMEOUT_MS / 2}; set local lock_timeout = ${LOCK_TIMEOUT_MS}`

/** Opened at the same moment by so many, each but one makes the same objects again; the first commit ends that. */
const ATTEMPTS = 10

/** An object of that name has just been made, or a row of a catalogue changed (PostgreSQL documentation, appendix A). */
const MADE_MEANWHILE = new Set(['23505', '40P01', '42701', '42710', '42P06', '42P07', 'XX000'])

/**
 * Makes the tables of the rotator where they are absent, then does `work`, in one transaction. No lock is taken that a stranger could hold:
 * a rotator that meets another one begins again.
 *
 * @throws {SecretError} `refused` where another role has a hand in them, or a newer release has made them; as `statements`
 */
export async function openTables<T>(
  database: SqlPool,
  tables: TablesToOpen,
  work: (client: SqlClient) => Promise<T>,
): Promise<T> {
  const { statements } = tables
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await withSqlClient(database, statements.failure, (client) =>
        statements.transaction(client, BEGIN, async () => {
          await makeTables(client, tables)
          return work(client)
        }),
      )
    } catch (error) {
      const sqlState = error instanceof SecretError ? String(error.details['sqlState']) : ''
      if (sqlState === HELD) throw await heldError(database, tables)
      if (!MADE_MEANWHILE.has(sqlState) || attempt === ATTEMPTS) throw error
    }
  }
}

/** SQLSTATE `lock_not_available`. */
const HELD = '55P03'

/** A transaction that has a number has changed something; which objects it is making, others do not see. */
const WRITERS = `
  select string_agg(distinct format('role %s (process %s)', quote_ident(coalesce(a.usename, 'unknown')), a.pid), ' or ') as names
  from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid
  where l.locktype = 'transactionid' and l.granted and a.datname = current_database() and a.pid <> pg_backend_pid()`

async function heldError(
  database: SqlPool,
  { own, statements }: TablesToOpen,
): Promise<SecretError> {
  const [row] = await statements.query<{ names: string | null }>(database, WRITERS)
  const holder = row?.names ?? 'a session that has just ended its transaction'
  const remedy = `end that session, or give ${own.what} a database of its own`
  return new SecretError(
    'conflict',
    `${own.what} cannot be made, which ${holder} holds up: ${remedy}`,
  )
}

/** The owner of a table alone can change its comment. */
const COMMENTS = `
  select obj_description(c.oid, 'pg_class') as comment from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = any ($2::text[])`

async function checkFormat(
  client: SqlClient,
  { document, own, statements }: Pick<TablesToOpen, 'document' | 'own' | 'statements'>,
): Promise<void> {
  const values = [own.schema, Object.keys(own.tables)]
  const rows = await statements.query<{ comment: string | null }>(client, COMMENTS, values)
  requireTableFormat(
    document,
    rows.map(({ comment }) => comment),
  )
}

async function makeTables(
  client: SqlClient,
  { document, own, isComplete, create, statements }: TablesToOpen,
): Promise<void> {
  const check = async () => {
    try {
      await requireOwnTables(client, own)
    } catch (error) {
      throw statements.failure(error)
    }
  }
  await check()
  await checkFormat(client, { document, own, statements })
  const [row] = await statements.query<{ complete: boolean }>(client, isComplete)
  if (row?.complete === true) return
  await statements.query(client, create)
  await check()
}
