import { compareClients, failureOf } from '@rekey/rotated-service'
import { findForTest, type MariaDb, openMariaDb } from '@rekey/testbed'
import { createPool as createMariadbPool } from 'mariadb'
import { createPool, type Pool } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest'
import { followMariadb, followMysql2 } from '../src/index.ts'
import { openShopWithDatabase } from './mariadb-shop.support.ts'

const mariadbd = await findForTest('mariadbd')
const names = async (pool: Pool) => (await pool.query('select name from notes order by name'))[0]

const readme = new URL('../README.md', import.meta.url)

describe.runIf(mariadbd.found)('the documented behaviour of mysql2 and mariadb', () => {
  let server: MariaDb
  beforeAll(async () => {
    server = await openMariaDb({ program: mariadbd.path })
  }, 60_000)
  afterAll(() => server.close())

  async function open(follows: boolean) {
    const shop = await openShopWithDatabase(server)
    const pool = createPool({
      ...{ host: server.host, port: server.port, database: shop.user, connectionLimit: 2 },
      ...{ queueLimit: 2, namedPlaceholders: true, multipleStatements: true },
      ...(!follows && { user: shop.user, password: shop.first }),
    })
    if (follows) followMysql2(pool, shop.secret, shop.user)
    onTestFinished(() => pool.end().catch(() => undefined))
    await pool.query('create table notes (name varchar(20) primary key)')
    const refuse = () => shop.asAdministrator("alter user ?@'%' identified by 'other'", [shop.user])
    return { shop, client: { current: Object.assign(pool, { refuse }) } }
  }

  compareClients('mysql2', {
    ...{ readme, open },
    cases: {
      async 'a query has rows and fields'({ current }) {
        const [rows, fields] = await current.query('select ? as n, ? as text', [1, 'a'])
        return [rows, fields.map(({ name, columnType }) => [name, columnType])]
      },
      async 'a statement is prepared once, and anew on the next connection'({ current, rotate }) {
        const run = async (n: number) => (await current.execute('select ? + 1 as n', [n]))[0]
        return [await run(1), await run(2), await rotate(() => run(3)), await run(4)]
      },
      'several statements, and named placeholders': async ({ current }) =>
        (await current.query('select :a as a; select :b as b', { a: 1, b: 2 }))[0],
      async 'a transaction is committed during a rotation'({ current, rotate }) {
        const connection = await current.getConnection()
        await connection.beginTransaction()
        await connection.query("insert into notes values ('one')")
        await rotate(async () => {
          await connection.query("insert into notes values ('two')")
          await connection.commit()
          connection.release()
        })
        return names(current)
      },
      'a stream of rows goes on over a rotation': ({ current, rotate }) =>
        rotate(async () => {
          const stream = current.pool.query('select seq from seq_1_to_5000').stream()
          const rows: unknown[] = await stream.toArray()
          return [rows.length, rows[0], rows.at(-1)]
        }),
      async 'the pool emits what becomes of a connection'({ current }) {
        await current.query('select 1')
        const seen: string[] = []
        const events = ['connection', 'acquire', 'enqueue', 'release'] as const
        for (const event of events) current.on(event as 'acquire', () => seen.push(event))
        await Promise.all([1, 2, 3].map((n) => current.query('select ?', [n])))
        return seen.sort()
      },
      async 'errors have the class, code, number and state of mysql2'({ current }) {
        const all = ['selec', 'select * from nothing', "insert into notes values ('a'), ('a')"]
        return Promise.all(all.map((statement) => failureOf(() => current.query(statement))))
      },
      async 'a refused login has its error'({ current }) {
        await current.query('select 1')
        await current.refuse()
        ;(await current.getConnection()).destroy()
        return failureOf(() => Promise.all([1, 2].map((n) => current.query('select ?', [n]))))
      },
      async 'a queue that is full refuses callers'({ current }) {
        const all = [1, 2, 3, 4, 5].map(() => failureOf(() => current.query('select sleep(0.05)')))
        return Promise.all(all.map(async (each) => Object.keys((await each) as object)))
      },
      'callbacks, in place of promises': ({ current }) =>
        new Promise((resolve) => {
          current.pool.query('select 1 as n', (error, rows) => {
            resolve([error, rows])
          })
        }),
      async 'a pool that has ended refuses queries'({ current }) {
        await current.end()
        return failureOf(() => current.query('select 1'))
      },
    },
  })
  async function openMariadb(follows: boolean) {
    const shop = await openShopWithDatabase(server)
    const { host, port } = server
    const openPool = (password: string) =>
      createMariadbPool({
        ...{ host, port, user: shop.user, database: shop.user, password, connectionLimit: 2 },
        ...{ namedPlaceholders: true, multipleStatements: true, acquireTimeout: 500 },
      })
    const followed = follows
      ? await followMariadb(shop.secret, openPool)
      : { current: openPool(shop.first), close: () => Promise.resolve() }
    const { current } = followed
    onTestFinished(async () => {
      await current.end().catch(() => undefined)
      await followed.close().catch(() => undefined)
    })
    await followed.current.query('create table notes (name varchar(20) primary key)')
    return { shop, client: followed }
  }

  compareClients('mariadb', {
    ...{ readme, open: openMariadb },
    cases: {
      async 'a query has rows and metadata'({ current }) {
        const rows = await current.query<object[] & { meta: { name(): string }[] }>('select 1 as n')
        return [[...rows], rows.meta.map((column) => column.name())]
      },
      async 'a statement is prepared'(pool) {
        const run = async (n: number) => [
          ...(await pool.current.execute<object[]>('select :n as n', { n })),
        ]
        return [await run(1), await pool.rotate(() => run(2)), await run(3)]
      },
      'several statements, and named placeholders': ({ current }) =>
        current.query('select :a as a; select 2 as b', { a: 1 }),
      'a batch of inserts': ({ current }) =>
        current.batch('insert into notes values (:name)', [{ name: 'a' }, { name: 'b' }]),
      async 'a transaction is committed during a rotation'(pool) {
        const connection = await pool.current.getConnection()
        await connection.beginTransaction()
        await connection.query("insert into notes values ('one')")
        await pool.rotate(async () => {
          await connection.query("insert into notes values ('two')")
          await connection.commit()
          await connection.release()
        })
        return [...(await pool.current.query<object[]>('select * from notes order by 1'))]
      },
      'a stream of rows goes on over a rotation': (pool) =>
        pool.rotate(async () => {
          const connection = await pool.current.getConnection()
          const rows: unknown[] = []
          for await (const row of connection.queryStream('select seq from seq_1_to_5000'))
            rows.push(row)
          await connection.release()
          return [rows.length, rows.at(-1)]
        }),
      async 'errors have the class, code and number of mariadb'({ current }) {
        const all = ['selec', 'select * from nothing', "insert into notes values ('a'), ('a')"]
        return Promise.all(all.map((statement) => failureOf(() => current.query(statement))))
      },
      async 'a query that gets no connection has its error'({ current }) {
        const held = await Promise.all([current.getConnection(), current.getConnection()])
        const failure = await failureOf(() => current.query('select 1'))
        for (const connection of held) await connection.release()
        return failure
      },
      async 'a pool that has ended refuses queries'({ current }) {
        await current.end()
        return failureOf(() => current.query('select 1'))
      },
      async 'a pool that is kept over a rotation'({ current, rotate }) {
        await rotate()
        await expect.poll(() => current.closed || current.activeConnections() === 0).toBe(true)
        return failureOf(() => current.query('select 1 as n').then(() => 'answered'))
      },
      async 'a listener of a pool, after a rotation'(pool) {
        let released = 0
        pool.current.on('release', () => (released += 1))
        await pool.rotate()
        await pool.current.query('select 1')
        return released
      },
    },
  })
})
