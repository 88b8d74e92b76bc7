// @lane servers
import { openPostgres } from '@rekey/testbed'
import { eq, sql, TransactionRollbackError } from 'drizzle-orm'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import { describe, expect, it } from 'vitest'
import { runAcrossRotations, type Work } from './ledger.ts'
import {
  NO_FLAWS,
  openRotatingDatabase,
  postgresServers,
  TEST_TIMEOUT_MS,
} from './rotating-database.ts'

const notes = pgTable('notes', {
  id: integer().notNull(),
  login: text()
    .notNull()
    .default(sql`session_user`),
})

describe.each(postgresServers)('Drizzle on a rotating pool, %s', (_, settings) => {
  it(
    'runs 10,000 queries while the login changes ten times, and none fails',
    async () => {
      await using server = await openPostgres(settings)
      await using database = await openRotatingDatabase(server)
      const db = drizzle(database.pool)
      await db.execute(
        sql`create table ${notes} (id int not null, login text not null default session_user)`,
      )

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

type Database = Pick<NodePgDatabase, 'insert' | 'select'>

function worksOf(db: NodePgDatabase): Work[] {
  const insert = async (id: number, on: Database = db) => {
    const [note] = await on.insert(notes).values({ id }).returning()
    return note?.login ?? ''
  }
  const find = async (id: number, on: Database = db) => {
    const [note] = await on.select().from(notes).where(eq(notes.id, id))
    return note?.login ?? ''
  }
  const count = db
    .select({
      login: sql<string>`session_user`,
      notes: sql<string>`count(*)`,
      prepared: sql`(select count(*)::int from pg_prepared_statements where name = 'count_notes')`,
    })
    .from(notes)
    .where(eq(notes.id, sql.placeholder('id')))
    .prepare('count_notes')

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
      let login = ''
      const transaction = db.transaction(async (within) => {
        login = await insert(id, within)
        within.rollback()
      })
      await expect(transaction).rejects.toThrow(TransactionRollbackError)
      return { queries: 3, login }
    },
    async function prepare(id) {
      const [row] = await count.execute({ id })
      expect(row?.prepared).toBe(1)
      return { queries: 1, login: row?.login ?? '' }
    },
  ]
}

/** A table made by one login is read by the next. */
async function handOver(db: NodePgDatabase, rotation: number): Promise<void> {
  const table = (number: number) => sql.identifier(`made_${number}`)
  await db.execute(
    sql`create table ${table(rotation)} as select ${sql.raw(String(rotation))} as number`,
  )
  if (rotation === 1) return
  const { rows } = await db.execute(sql`select number from ${table(rotation - 1)}`)
  expect(rows).toEqual([{ number: rotation - 1 }])
}
