import { setTimeout as delay } from 'node:timers/promises'
import { SecretError } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import { openMerkleTree, type TreeHead } from '../merkle-tree.ts'
import { statements } from './log-query.ts'
import { openPostgresNodeStore } from './postgres-node-store.ts'

/** An entry that is to be in the log. */
export interface NewLogEntry {
  /** Identifies the entry, which the log has once: as a rule a hash over the names in it. */
  readonly key: Uint8Array
  readonly entry: Uint8Array
}

/** An entry that is in the log. */
export interface LoggedEntry {
  readonly index: number
  /** A tree that has the entry; it is stored. */
  readonly head: TreeHead
}

/** How long it waits for other writers, and begins again where one was faster. */
const PATIENCE_MS = 5_000
const LONGEST_PAUSE_MS = 64

const FIND = 'select index::text, key, entry from log_entry where key = any($1::bytea[])'

const APPEND = `
  insert into log_entry (index, key, entry)
  select * from unnest($1::bigint[], $2::bytea[], $3::bytea[])`

// Another writer may commit between two statements, and each is to see that. A writer that freezes loses its session, and with it its locks.
const BEGIN = `
  begin isolation level read committed;
  set local lock_timeout = ${PATIENCE_MS};
  set local idle_in_transaction_session_timeout = '10s'`

/** SQLSTATE of a key that another writer has just used, and of two writers that wait for each other. */
const FASTER: readonly unknown[] = ['23505', '40P01']

/**
 * Appends entries in one transaction, those excepted that the log has already. No lock is taken, which a stranger could hold: of two
 * writers that append at once, the primary keys let one through, and the other begins again.
 *
 * @returns for each entry its place, or the error of one whose key is that of another entry
 * @throws {SecretError} if the transaction failed; then it may also have been committed
 */
export async function appendBatch(
  client: SqlClient,
  batch: readonly NewLogEntry[],
): Promise<(LoggedEntry | SecretError)[]> {
  const deadline = performance.now() + PATIENCE_MS
  for (let pauseMs = 1; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await statements.transaction(client, BEGIN, () => appendInTransaction(client, batch))
    } catch (error) {
      const state = error instanceof SecretError ? error.details['sqlState'] : undefined
      if (!FASTER.includes(state) || performance.now() > deadline) throw error
      await delay(pauseMs * Math.random())
    }
  }
}

async function appendInTransaction(client: SqlClient, batch: readonly NewLogEntry[]) {
  const known = await findKnown(client, batch)
  const tree = await openMerkleTree(openPostgresNodeStore(client))
  const start = tree.head.size
  const added: (NewLogEntry & { readonly index: number })[] = []
  for (const { key, entry } of batch) {
    const id = hexOf(key)
    if (known.has(id)) continue
    const index = start + added.length
    known.set(id, { index, entry })
    added.push({ index, key, entry })
  }
  const head = await tree.append(added.map(({ entry }) => entry))
  if (added.length > 0) {
    await statements.query(client, APPEND, [
      added.map(({ index }) => index),
      added.map(({ key }) => Buffer.from(key)),
      added.map(({ entry }) => Buffer.from(entry)),
    ])
  }
  return batch.map(({ key, entry }) => {
    const found = known.get(hexOf(key))
    if (found === undefined || !Buffer.from(entry).equals(found.entry)) return keyInUse(found)
    return { index: found.index, head }
  })
}

/** A row of `log_entry`. */
export interface EntryRow {
  readonly index: string
  readonly key: Uint8Array
  readonly entry: Uint8Array
}

interface KnownEntry {
  readonly index: number
  readonly entry: Uint8Array
}

async function findKnown(client: SqlClient, batch: readonly NewLogEntry[]) {
  const keys = batch.map(({ key }) => Buffer.from(key))
  const rows = await statements.query<EntryRow>(client, FIND, [keys])
  return new Map<string, KnownEntry>(
    rows.map(({ index, key, entry }) => [hexOf(key), { index: Number(index), entry }]),
  )
}

function keyInUse(found: KnownEntry | undefined): SecretError {
  const index = found?.index ?? -1
  const message = `entry ${index} of the log has the key of another one: it stays; look for what made both`
  return new SecretError('conflict', message, { reason: 'key-in-use', index })
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
