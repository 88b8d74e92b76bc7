// @lane servers
import { openPostgres } from '@rekey/testbed'
import { type Generated, Kysely, PostgresDialect, sql } from 'kysely'
import Cursor from 'pg-cursor'
import { describe, expect, it } from 'vitest'
import { runAcrossRotations, type Work } from './ledger.ts'
import {
  NO_FLAWS,
  openRotatingDatabase,
  postgresServers,
  TEST_TIMEOUT_MS,
} from './rotating-database.ts'

interface Tables {
  notes: { id: number; text: string; login: Generated<string> }
}

describe.each(postgresServers)('Kysely on a rotating pool, %s', (_, settings) => {
  it(
    'runs 10,000 queries while the login changes ten times, and none fails',
    async () => {
      await using server = await openPostgres(settings)
      await using database = await openRotatingDatabase(server)
      const db = new Kysely<Tables>({
        dialect: new PostgresDialect({ pool: database.pool, cursor: Cursor }),
      })
      await db.schema
        .createTable('notes')
        .addColumn('id', 'integer', (column) => column.notNull())
        .addColumn('text', 'text')
        .addColumn('login', 'text', (column) => column.notNull().defaultTo(sql`session_user`))
        .execute()

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

function worksOf(db: Kysely<Tables>): Work[] {
  const insert = (id: number, on = db) =>
    on.insertInto('notes').values({ id, text: 'x' }).returning('login').executeTakeFirstOrThrow()
  const find = (id: number, on = db) =>
    on.selectFrom('notes').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

  return [
    async function writeAndRead(id) {
      await insert(id)
      const { login } = await find(id)
      return { queries: 2, login, kept: id }
    },
    async function commit(id) {
      const { login } = await db.transaction().execute(async (transaction) => {
        await insert(id, transaction)
        return find(id, transaction)
      })
      return { queries: 4, login, kept: id }
    },
    async function rollBack(id) {
      const transaction = await db.startTransaction().execute()
      try {
        const { login } = await insert(id, transaction)
        return { queries: 3, login }
      } finally {
        await transaction.rollback().execute()
      }
    },
    async function stream() {
      const rows = db
        .selectFrom(sql`generate_series(1, 30)`.as('number'))
        .select(sql<string>`session_user`.as('login'))
      const logins: string[] = []
      for await (const { login } of rows.stream(10)) logins.push(login)
      expect(logins).toHaveLength(30)
      return { queries: 1, login: logins[0] ?? '' }
    },
  ]
}

/** A table made by one login is read by the next. */
async function handOver(db: Kysely<Tables>, rotation: number): Promise<void> {
  const number = sql<number>`${sql.lit(rotation)}::int`.as('number')
  await db.schema.createTable(`made_${rotation}`).as(db.selectNoFrom(number)).execute()
  if (rotation === 1) return
  const before = sql.table(`made_${rotation - 1}`)
  const { rows } = await sql`select number from ${before}`.execute(db)
  expect(rows).toEqual([{ number: rotation - 1 }])
}
