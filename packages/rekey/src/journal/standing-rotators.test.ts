import type { SqlPool } from '@rekey/secret/kind'
import { openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { openPostgresJournal } from '../engine/index.ts'

const SECRET = 'API_KEY_ALPHA_BETA'
/** An emergency waits for two thirds of it for another claim to be committed. */
const LEASE_MS = 3_000

/** Connections of a process that stands still as it is about to commit. */
function standing(pool: pg.Pool, reached: () => void): SqlPool {
  const connect = async () => {
    const client = await pool.connect()
    const query = (text: string, values?: unknown[]) => {
      if (text !== 'commit') return client.query(text, values)
      reached()
      return new Promise<never>(() => undefined)
    }
    return Object.assign(Object.create(client) as pg.PoolClient, { query })
  }
  return { query: pool.query.bind(pool), connect }
}

it('R37 a rotator that stands still before its claim is committed keeps no emergency out', async () => {
  const server = await openPostgres()
  const pool = new pg.Pool({ connectionString: server.adminUrl.expose() })
  pool.on('error', () => undefined)
  // Its pool waits for a connection that is never given back.
  onTestFinished(() => server.close())
  const journal = await openPostgresJournal(pool)
  let isOpen = false
  await new Promise<void>((reached) => {
    const stands = standing(pool, () => {
      if (isOpen) reached()
    })
    const connect: SqlPool['connect'] = () => (isOpen ? stands.connect() : pool.connect())
    void openPostgresJournal({ ...stands, connect }).then((claiming) => {
      isOpen = true
      void claiming.claim(SECRET, 'standing', LEASE_MS)
    })
  })
  const claim = await journal.claim(SECRET, 'urgent', LEASE_MS, { isEmergency: true })
  expect(claim).toMatchObject({ epoch: 1, takenFrom: undefined })
})
