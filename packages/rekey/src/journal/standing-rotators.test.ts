import type { SqlPool } from '@rekey/secret/kind'
import { openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { openPostgresJournal } from '../engine/index.ts'

const SECRET = 'API_KEY_ALPHA_BETA'
/** An emergency waits for two thirds of it for another claim to be committed. */
const LEASE_MS = 3_000

async function openDatabase(): Promise<pg.Pool> {
  const server = await openPostgres()
  const pool = new pg.Pool({ connectionString: server.adminUrl.expose() })
  pool.on('error', () => undefined)
  // It waits for a connection that is never given back, so it has no end of its own.
  onTestFinished(() => server.close())
  return pool
}

/** Connections of a process that stands still as it is about to commit for the n-th time, and when it has. */
function standingAt(nth: number, pool: pg.Pool) {
  let commits = 0
  let reached = (): void => undefined
  const isStanding = new Promise<void>((resolve) => (reached = resolve))
  const connect = async () => {
    const client = await pool.connect()
    const query = (text: string, values?: unknown[]) => {
      if (text === 'commit') commits += 1
      if (text !== 'commit' || commits < nth) return client.query(text, values)
      reached()
      return new Promise<never>(() => undefined)
    }
    return Object.assign(Object.create(client) as pg.PoolClient, { query })
  }
  const database: SqlPool = { query: pool.query.bind(pool), connect }
  return { database, isStanding }
}

it('R37 a rotator that stands still before its claim is committed keeps no emergency out', async () => {
  const pool = await openDatabase()
  const { database, isStanding } = standingAt(2, pool)
  const standing = await openPostgresJournal(database)
  void standing.claim(SECRET, 'standing', LEASE_MS)
  await isStanding
  const journal = await openPostgresJournal(pool)
  const claim = await journal.claim(SECRET, 'urgent', LEASE_MS, { isEmergency: true })
  expect(claim).toMatchObject({ epoch: 1, takenFrom: undefined })
})

it('R37 a rotator that stands still as it makes the tables of the journal keeps no other out', async () => {
  const pool = await openDatabase()
  const { database, isStanding } = standingAt(1, pool)
  void openPostgresJournal(database)
  await isStanding
  const journal = await openPostgresJournal(pool)
  expect(await journal.claim(SECRET, 'other', LEASE_MS)).toMatchObject({ epoch: 1 })
})
