// @lane servers
import { openPostgres } from '@rekey/testbed'
import knex, { type Knex } from 'knex'
import { describe, expect, it } from 'vitest'
import { runAcrossRotations, type Work } from './ledger.ts'
import {
  NO_FLAWS,
  openRotatingDatabase,
  postgresServers,
  TEST_TIMEOUT_MS,
} from './rotating-database.ts'

interface Note {
  readonly id: number
  readonly login: string
}

/**
 * Knex 3.3 takes a pool as `connectionPool`; up to 3.2 it knows only its own, which never gives a connection back. Its
 * `pool` options, such as `afterCreate`, do not apply then, `searchPath` is not set, and `destroy()` leaves the pool open.
 */
describe.each(postgresServers)('Knex on a rotating pool, %s', (_, settings) => {
  it(
    'runs 10,000 queries while the login changes ten times, and none fails',
    async () => {
      await using server = await openPostgres(settings)
      await using database = await openRotatingDatabase(server)
      const db = knex({ client: 'pg', connectionPool: database.pool })
      await db.schema.createTable('notes', (table) => {
        table.integer('id').notNullable()
        table.text('login').notNullable().defaultTo(db.raw('session_user'))
      })

      const ledger = await runAcrossRotations(worksOf(db), {
        queries: 10_000,
        rotations: 10,
        rotate: async (rotation) => {
          await database.rotate()
          await handOver(db, rotation)
        },
      })

      expect(await database.flaws(ledger)).toEqual(NO_FLAWS)
      expect(ledger.queries).toBeGreaterThanOrEqual(10_000)
      expect(ledger.rotations).toBeGreaterThanOrEqual(10)
      expect(ledger.logins.size).toBeGreaterThan(1)
    },
    TEST_TIMEOUT_MS,
  )
})

function worksOf(db: Knex): Work[] {
  const insert = async (id: number, on = db) => {
    const [note] = await on<Note>('notes').insert({ id }).returning('*')
    return note?.login ?? ''
  }
  const find = async (id: number, on = db) => {
    const note = await on<Note>('notes').where({ id }).first()
    return note?.login ?? ''
  }

  return [
    async function writeAndRead(id) {
      await insert(id)
      return { queries: 2, login: await find(id), kept: id }
    },
    async function commit(id) {
      const login = await db.transaction(async (transaction) => {
        await insert(id, transaction)
        return find(id, transaction)
      })
      return { queries: 4, login, kept: id }
    },
    async function rollBack(id) {
      const transaction = await db.transaction()
      try {
        return { queries: 3, login: await insert(id, transaction) }
      } finally {
        await transaction.rollback()
      }
    },
    async function prepare(id) {
      const prepared = db.raw<{ rows: { login: string; prepared: number }[] }>(
        `select session_user as login, count(notes) as notes,
          (select count(*)::int from pg_prepared_statements where name = 'count_notes') as prepared
        from notes where id = ?`,
        [id],
      )
      const [row] = (await prepared.options({ name: 'count_notes' })).rows
      expect(row?.prepared).toBe(1)
      return { queries: 1, login: row?.login ?? '' }
    },
  ]
}

/** A table made by one login is read by the next. */
async function handOver(db: Knex, rotation: number): Promise<void> {
  await db.schema.createTable(`made_${rotation}`, (table) => {
    table.integer('number').defaultTo(rotation)
  })
  await db(`made_${rotation}`).insert({})
  if (rotation === 1) return
  const before = await db<{ number: number }>(`made_${rotation - 1}`).select('number')
  expect(before).toEqual([{ number: rotation - 1 }])
}
