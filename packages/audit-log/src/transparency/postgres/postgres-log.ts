import { requireTableFormat } from '@rekey/secret/internal'
import { SecretError } from '@rekey/secret'
import { withSqlClient } from '@rekey/secret/internal/kind'
import { type SqlClient, type SqlPool } from '@rekey/secret/kind'
import {
  type MerkleTree,
  openMerkleTree,
  readConsistencyProof,
  readInclusionProof,
  type TreeHead,
} from '../merkle-tree.ts'
import { appendBatch, type EntryRow, type LoggedEntry, type NewLogEntry } from './append-batch.ts'
import { statements } from './log-query.ts'
import { FIND_STRANGE } from './log-tables.ts'
import { openPostgresNodeStore } from './postgres-node-store.ts'

/** An append-only log in PostgreSQL. Several processes may append to one. */
export interface PostgresLog extends Pick<MerkleTree, 'inclusionProof' | 'consistencyProof'> {
  /**
   * Appends an entry, durably, unless it is there already. Calls that wait for the database are appended together.
   *
   * @throws {SecretError} `conflict`, with `details.reason` `key-in-use`, if another entry has that key; `conflict` if another
   *   writer holds the log, or `unreachable`: then it may be in the log, so append it again; `missing`, `forbidden` for the tables, `refused` for
   *   triggers, rules and policies that are not of the log
   */
  append(entry: NewLogEntry): Promise<LoggedEntry>
  /** Reads the tree as it is now. Errors as of {@link PostgresLog.append}. */
  head(): Promise<TreeHead>
  /**
   * Reads entries from `start` on, in their order.
   *
   * @param of.limit the most to read
   * @throws {SecretError} as {@link PostgresLog.append}
   */
  entries(of: { readonly start: number; readonly limit: number }): Promise<StoredEntry[]>
}

/** An entry of the log, as the database has it. */
export interface StoredEntry extends NewLogEntry {
  readonly index: number
}

const MAX_BATCH = 500

// Unqualified, the order would be that of the text: 0, 1, 10, 2.
const ENTRIES = `
  select index::text, key, entry from log_entry
  where index >= $1 order by log_entry.index limit $2`

/**
 * Opens the log whose tables `logTablesSql` lays out. Its Merkle tree is stored with the entries, in the same transaction.
 *
 * @param pool a `pg.Pool`, or one that changes its credentials
 * @example
 * ```ts
 * const log = openPostgresLog(pool)
 * const { index, head } = await log.append({ key: Buffer.from('serial 1'), entry: Buffer.from('first') })
 * const proof = await log.inclusionProof({ index, size: head.size })
 * ```
 */
export function openPostgresLog(pool: SqlPool): PostgresLog {
  const database = judged(pool)
  const waiting: Waiting[] = []
  let working = false
  const work = async () => {
    working = true
    while (waiting.length > 0) await appendWaiting(database, waiting.splice(0, MAX_BATCH))
    working = false
  }
  const nodes = openPostgresNodeStore(database)
  const openTree = () => openMerkleTree(nodes)
  return {
    append({ key, entry }) {
      const appended = new Promise<LoggedEntry>((resolve, reject) => {
        waiting.push({ key, entry, resolve, reject })
      })
      if (!working) void work()
      return appended
    },
    head: async () => (await openTree()).head,
    // One query. What is not there is explained by the tree.
    inclusionProof: async (of) =>
      (await readInclusionProof(nodes, of)) ?? (await openTree()).inclusionProof(of),
    consistencyProof: async (of) =>
      (await readConsistencyProof(nodes, of)) ?? (await openTree()).consistencyProof(of),
    entries: ({ start, limit }) => readEntries(database, [start, limit]),
  }
}

/** Judges the tables before the first statement of a process on them. */
function judged(database: SqlPool): SqlPool {
  let judging: Promise<void> | undefined
  const judge = async () => {
    try {
      await (judging ??= requireNothingStrange(database))
    } catch (error) {
      judging = undefined
      throw error
    }
  }
  return {
    query: (text, values) => judge().then(() => database.query(text, values)),
    async connect() {
      await judge()
      return database.connect()
    },
  }
}

/** @throws {SecretError} `refused` for a newer format, and with what would run with the rights of this login, or hide rows from it */
async function requireNothingStrange(database: SqlPool): Promise<void> {
  const [row] = await statements.query<{ found: string | null; comment: string | null }>(
    database,
    FIND_STRANGE,
  )
  requireTableFormat('log-tables', [row?.comment])
  if (row?.found === null) return
  throw new SecretError(
    'refused',
    `the tables of the log have what is not of the log, so it is not used (${row?.found}): remove it, then run the SQL of logTablesSql again`,
  )
}

interface Waiting extends NewLogEntry {
  resolve(place: LoggedEntry): void
  reject(error: unknown): void
}

async function appendWaiting(database: SqlPool, batch: readonly Waiting[]): Promise<void> {
  try {
    const places = await withSqlClient(database, statements.failure, (client) =>
      appendBatch(client, batch),
    )
    for (const [at, place] of places.entries()) {
      if (place instanceof SecretError) batch[at]?.reject(place)
      else batch[at]?.resolve(place)
    }
  } catch (error) {
    for (const one of batch) one.reject(error)
  }
}

/** Reads the entries from `range[0]` on, `range[1]` at most. */
export async function readEntries(
  database: SqlClient,
  range: readonly [start: number, limit: number],
): Promise<StoredEntry[]> {
  const rows = await statements.query<EntryRow>(database, ENTRIES, [...range])
  return rows.map(({ index, key, entry }) => {
    return { index: Number(index), key: Uint8Array.from(key), entry: Uint8Array.from(entry) }
  })
}
