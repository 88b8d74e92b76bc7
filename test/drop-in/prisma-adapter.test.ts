// @lane servers
import { createHash } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import { openPostgres } from '@rekey/testbed'
import { describe, expect, it } from 'vitest'
import { runAcrossRotations, type Work } from './ledger.ts'
import {
  NO_FLAWS,
  openRotatingDatabase,
  postgresServers,
  TEST_TIMEOUT_MS,
} from './rotating-database.ts'

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>
type Queryable = Pick<Adapter, 'queryRaw' | 'executeRaw'>

/** Driven as Prisma's engine drives it: what the engine generates are these calls. */
describe.each(postgresServers)("Prisma's adapter on a rotating pool, %s", (_, settings) => {
  it(
    'runs 10,000 queries while the login changes ten times, and none fails',
    async () => {
      await using server = await openPostgres(settings)
      await using database = await openRotatingDatabase(server)
      const prepared = new PrismaPg(database.pool, {
        statementNameGenerator: ({ sql }) => createHash('sha256').update(sql).digest('base64url'),
      })
      const db = await prepared.connect()
      await db.executeScript(
        'create table notes (id int not null, login text not null default session_user)',
      )

      const ledger = await runAcrossRotations(worksOf(db), {
        queries: 10_000,
        rotations: 10,
        rotate: async (rotation) => {
          await database.rotate()
          await handOver(db, rotation)
        },
      })
      await db.dispose()

      expect(await database.flaws(ledger)).toEqual(NO_FLAWS)
      expect(ledger.queries).toBeGreaterThanOrEqual(10_000)
      expect(ledger.rotations).toBeGreaterThanOrEqual(10)
      expect(ledger.logins.size).toBeGreaterThan(1)
      expect(db.underlyingDriver()).toBe(database.pool)
      expect(database.pool.ended).toBe(false)
    },
    TEST_TIMEOUT_MS,
  )
})

const INTEGER = { scalarType: 'int', arity: 'scalar' } as const

const TEXT = { scalarType: 'string', arity: 'scalar' } as const

const statement = (sql: string, ...args: number[]) => ({
  sql,
  args,
  argTypes: args.map(() => INTEGER),
})

function worksOf(db: Adapter): Work[] {
  const insert = (id: number, on: Queryable = db) =>
    on.executeRaw(statement('insert into notes (id) values ($1)', id))
  const find = async (id: number, on: Queryable = db) => {
    const { rows } = await on.queryRaw(statement('select login from notes where id = $1', id))
    return String(rows[0]?.[0])
  }

  /** The engine sends the statement itself; `commit` and `rollback` then only give the connection back. */
  const transact = async (id: number, end: 'commit' | 'rollback', level?: 'REPEATABLE READ') => {
    const transaction = await db.startTransaction(level)
    try {
      await insert(id, transaction)
      const login = await find(id, transaction)
      await transaction.executeRaw(statement(end))
      return login
    } finally {
      await transaction[end]()
    }
  }

  return [
    async function writeAndRead(id) {
      expect(await insert(id)).toBe(1)
      return { queries: 2, login: await find(id), kept: id }
    },
    async function commit(id) {
      const login = await transact(id, 'commit', 'REPEATABLE READ')
      return { queries: 5, login, kept: id }
    },
    async function rollBack(id) {
      return { queries: 4, login: await transact(id, 'rollback') }
    },
    async function prepare() {
      const sql =
        'select session_user::text, count(*)::int from pg_prepared_statements where statement = $1'
      const { rows } = await db.queryRaw({ sql, args: [sql], argTypes: [TEXT] })
      expect(rows[0]?.[1]).toBe(1)
      return { queries: 1, login: String(rows[0]?.[0]) }
    },
  ]
}

/** A table made by one login is read by the next. */
async function handOver(db: Adapter, rotation: number): Promise<void> {
  await db.executeScript(`create table made_${rotation} as select ${rotation} as number`)
  if (rotation === 1) return
  const { rows } = await db.queryRaw(statement(`select number from made_${rotation - 1}`))
  expect(rows).toEqual([[rotation - 1]])
}
