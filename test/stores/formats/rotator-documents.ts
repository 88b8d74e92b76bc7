import { createFleet, openPostgresJournal } from '@rekey/rekey/engine'
import { openReportBoard } from '@rekey/rekey/internal/discovery'
import { openStoreJournal } from '@rekey/rekey/internal/engine'
import { defineFamily } from '@rekey/rekey'
import { createMemoryStore } from '@rekey/config-loader/store'
import { SecretError } from '@rekey/secret'
import { openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import { type FormatReader, VALUE } from './store-documents.ts'

const NAME = 'API_KEY_FRONTEND_SIGNING'
const LEASE_MS = 60_000

let server: Promise<Postgres> | undefined
/** Closes the server of PostgreSQL, if one was opened. */
export const closeDatabase = async () => (await server)?.[Symbol.asyncDispose]()

/** Runs `work` with a database of its own, as a role that owns it. */
export async function inDatabase(work: (pool: pg.Pool) => Promise<unknown>): Promise<void> {
  server ??= openPostgres()
  const { adminUrl } = await server
  const url = new URL(adminUrl.expose())
  const database = `format_${Math.random().toString(36).slice(2)}`
  const admin = new pg.Client({ connectionString: url.href })
  await admin.connect()
  await admin.query(`create database ${database}`)
  await admin.end()
  url.pathname = `/${database}`
  const pool = new pg.Pool({ connectionString: url.href })
  pool.on('error', () => undefined)
  try {
    await work(pool)
  } finally {
    await pool.end()
  }
}

const readHealthReport: FormatReader = async (format) => {
  const replica = { service: 'beta', url: 'http://127.0.0.1:1', healthUrl: 'http://127.0.0.1:2' }
  const report = { format, service: 'beta', replica: VALUE, secrets: [] }
  const fleet = createFleet([replica], { fetch: () => Promise.resolve(Response.json(report)) })
  const question = { service: 'beta', secret: NAME }
  const [answer] = await fleet.acknowledgements(question, AbortSignal.timeout(5_000))
  throw new SecretError('refused', answer?.problem ?? '', { reason: 'format' })
}

const openBoard: FormatReader = (format) =>
  inDatabase(async (pool) => {
    await openReportBoard(pool, { reporters: [] })
    await pool.query(`comment on table rekey.report is 'rekey format ${format}'`)
    await openReportBoard(pool, { reporters: [] })
  })

const readStoreJournal: FormatReader = async (format) => {
  const record = { format, epoch: 1, claim: VALUE, leasedUntil: 0, at: 0 }
  const store = createMemoryStore({ [`REKEY_ROTATION_${NAME}`]: JSON.stringify(record) })
  await openStoreJournal(store, { secrets: [NAME] })
}

const withIntent = (format: number, work: (pool: pg.Pool) => Promise<unknown>) =>
  inDatabase(async (pool) => {
    const claim = await (await openPostgresJournal(pool)).claim(NAME, 'rotator-1', LEASE_MS)
    await claim.release()
    const intent = JSON.stringify({ format, mode: VALUE })
    await pool.query('update rekey.rotation set intent = $1', [intent])
    await work(pool)
  })

const readPostgresJournal: FormatReader = (format) =>
  withIntent(format, async (pool) => (await openPostgresJournal(pool)).entries())

const claimInPostgres: FormatReader = (format) =>
  withIntent(format, async (pool) => {
    const journal = await openPostgresJournal(pool)
    try {
      await journal.claim(NAME, 'rotator-2', LEASE_MS)
    } catch (error) {
      const { rows } = await pool.query<{ epoch: string }>('select epoch from rekey.rotation')
      if (rows[0]?.epoch !== '1') throw new Error('the claim was made', { cause: error })
      throw error
    }
  })

const openJournalTables: FormatReader = (format) =>
  inDatabase(async (pool) => {
    await openPostgresJournal(pool)
    await pool.query(`comment on table rekey.rotation is 'rekey format ${format}'`)
    await openPostgresJournal(pool)
  })

const readFamilyFile: FormatReader = (format) => {
  defineFamily({ services: ['frontend'], unknown: VALUE, format } as never)
}

/** Readers of what a rotator and its replicas write. */
export const ROTATOR_READERS = {
  'health-report': [readHealthReport],
  board: [openBoard],
  'journal-entry': [readStoreJournal, readPostgresJournal, claimInPostgres],
  'journal-tables': [openJournalTables],
  family: [readFamilyFile],
} satisfies Record<string, readonly FormatReader[]>
