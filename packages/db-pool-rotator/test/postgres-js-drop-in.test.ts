// @lane servers
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { rotate } from '@rekey/rekey/engine'
import { compareClients, failureOf } from '@rekey/rotated-service'
import { isExhaustive } from '@rekey/testbed'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest'
import { openRotatingSql } from '../src/postgres-js/index.ts'
import { openServer, SERVERS } from './rotate/database-kind.support.ts'

const OPTIONS = { max: 2, transform: postgres.camel, onnotice: () => undefined }
const names = (sql: Sql) => sql<{ fullName: string }[]>`select full_name from notes order by 1`

describe.each(SERVERS.slice(0, isExhaustive ? undefined : 1))(
  'the documented behaviour of postgres.js on %s',
  (_, binDirectory) => {
    let server: Awaited<ReturnType<typeof openServer>>
    beforeAll(async () => {
      server = await openServer(binDirectory)
    })
    afterAll(() => server.close())

    async function open(follows: boolean) {
      const shop = await server.setUp()
      await server.admin.query(`create schema ${shop.name} authorization ${shop.name}`)
      const { host, port, database, user, password } = shop.login
      const current: Sql = follows
        ? await openRotatingSql({ ...OPTIONS, credentials: shop.credentials })
        : postgres({ ...OPTIONS, host, port, database, user, password })
      onTestFinished(() => current.end({ timeout: 1 }))
      await current`create table notes (full_name text primary key, tags text[], data jsonb)`
      const run = () => rotate(shop.kind(), shop.options)
      return { shop: { secret: shop.credentials, run }, client: { current } }
    }

    compareClients<Sql>('postgres.js', {
      readme: new URL('../README.md', import.meta.url),
      open,
      cases: {
        async 'a tagged query has rows, columns and types'({ current: sql }) {
          const at = new Date(0)
          const rows =
            await sql`select ${1}::int as n, ${at}::timestamptz as at, ${sql.json({ a: 1 })} as j, ${['a']}::text[] as l`
          return [[...rows], rows.count, rows.command, rows.columns.map(({ name }) => name)]
        },
        async 'values and parts of queries are built'({ current: sql }) {
          const notes = ['a', 'b'].map((fullName) => ({ fullName, tags: [fullName] }))
          await sql`insert into notes ${sql(notes)}`
          const where = sql`where full_name in ${sql(['b', 'c'])}`
          await sql`update notes set ${sql({ data: { b: 1 } }, 'data')} ${where}`
          return [
            ...(await sql`select ${sql(['full_name', 'data'])} from ${sql('notes')} order by 1`),
          ]
        },
        async 'rows as values, raw, and described'({ current: sql }) {
          const query = () => sql`select 1 as n, 'a' as t`
          const { types, string } = await query().describe()
          return [[...(await query().values())], [...(await query().raw())], types, string]
        },
        async 'a transaction is committed during a rotation'({ current: sql, rotate }) {
          let goOn: () => void = () => undefined
          const held = new Promise<void>((resolve) => (goOn = resolve))
          const begun = sql.begin(async (one) => {
            await one`insert into notes (full_name) values ('one')`
            await held
            await one`insert into notes (full_name) values ('two')`
            return 'done'
          })
          await rotate(async () => {
            goOn()
            await begun
          })
          return [await begun, [...(await names(sql))]]
        },
        async 'a transaction and a savepoint are rolled back'({ current: sql }) {
          const fail = () => Promise.reject(new Error('no'))
          const whole = await failureOf(() => sql.begin(fail))
          await sql.begin(async (one) => {
            await one`insert into notes (full_name) values ('two')`
            await one
              .savepoint(async (part) => {
                await part`insert into notes (full_name) values ('three')`
                await fail()
              })
              .catch(() => undefined)
          })
          return [whole, [...(await names(sql))]]
        },
        async 'a cursor goes on over a rotation'({ current: sql, rotate }) {
          const seen: number[] = []
          await rotate(async () => {
            for await (const rows of sql`select * from generate_series(1, 500) as n`.cursor(50))
              seen.push(rows.length)
            await sql`select 1 as n`.forEach(({ n }) => void seen.push(n as number))
          })
          return seen
        },
        async 'a listener goes on over a rotation'({ current: sql, rotate }) {
          const got: string[] = []
          await sql.listen('news', (text) => got.push(text))
          await sql.notify('news', 'one')
          await rotate()
          await expect.poll(() => sql.notify('news', 'two').then(() => got)).toContain('two')
          return [...new Set(got)]
        },
        async 'a reserved connection keeps its session'({ current: sql, rotate }) {
          const reserved = await sql.reserve()
          await reserved`set application_name = 'mine'`
          return rotate(async () => {
            const rows = [...(await reserved`show application_name`)]
            reserved.release()
            return rows
          })
        },
        async 'a copy is written and read'({ current: sql }) {
          const into = await sql`copy notes (full_name) from stdin`.writable()
          await pipeline(Readable.from(['one\ntwo\n']), into)
          const out = await sql`copy notes (full_name) to stdout`.readable()
          return String(Buffer.concat((await out.toArray()) as Buffer[]))
        },
        async 'a query is cancelled'({ current: sql }) {
          await sql`select 1`
          const query = sql`select pg_sleep(20)`
          const failure = failureOf(() => query)
          await new Promise((resolve) => setTimeout(resolve, 100))
          query.cancel()
          return failure
        },
        async 'errors have the class and code of postgres.js'({ current: sql }) {
          await sql`insert into notes (full_name) values ('a')`
          return Promise.all([
            failureOf(() => sql`insert into notes (full_name) values ('a')`),
            failureOf(() => sql`select * from nothing`),
          ])
        },
        async 'a client that has ended refuses queries'({ current: sql }) {
          const last = sql`select 1 as n`.execute()
          await sql.end()
          return [[...(await last)], await failureOf(() => sql`select 1`)]
        },
        'subscribe()': ({ current: sql }) => Promise.resolve(typeof sql.subscribe),
      },
    })
  },
)
