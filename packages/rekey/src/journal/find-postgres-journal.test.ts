import { randomBytes } from 'node:crypto'
import { openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { openPostgresJournal } from '../engine/index.ts'
import { findPostgresJournal } from './find-postgres-journal.ts'

let server: Awaited<ReturnType<typeof openPostgres>>
const password = randomBytes(16).toString('hex')

beforeAll(async () => {
  server = await openPostgres()
  await run('postgres', `create role rekey login password '${password}'; create role shop`)
})
afterAll(() => server.close())

/** Connections of the rotator to a database. */
function poolOf(database: string, user: 'postgres' | 'rekey' = 'rekey') {
  const url = new URL(server.adminUrl.expose())
  url.pathname = `/${database}`
  if (user === 'rekey') Object.assign(url, { username: user, password })
  const pool = new pg.Pool({ connectionString: url.href })
  pool.on('error', () => undefined)
  return pool
}

async function run(database: string, sql: string): Promise<unknown[]> {
  const pool = poolOf(database, 'postgres')
  try {
    return (await pool.query<object>(sql)).rows
  } finally {
    await pool.end()
  }
}

/** A new database in which the rotator may make a schema. */
async function newDatabase() {
  const name = `db_${randomBytes(4).toString('hex')}`
  await run('postgres', `create database ${name}`)
  await run(name, `grant create on database ${name} to rekey`)
  const pool = poolOf(name)
  onTestFinished(() => pool.end())
  const as = (sql: string) => run(name, sql)
  const forbid = () => as(`revoke create on database ${name} from rekey`)
  return { pool, as, forbid }
}

it('where no journal is made yet, none is found, and none is made', async () => {
  const { pool, as } = await newDatabase()
  expect(await findPostgresJournal(pool)).toBeUndefined()
  expect(await as(`select from pg_namespace where nspname = 'rekey'`)).toEqual([])
})

it('where none is made yet and the rotator may not make one, it is forbidden', async () => {
  const { pool, forbid } = await newDatabase()
  await forbid()
  await expect(findPostgresJournal(pool)).rejects.toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('grant it schema rekey') as string,
  })
})

it('a journal that is made is found by its name, and opened, without the right to make one', async () => {
  const { pool, forbid } = await newDatabase()
  const { name } = await openPostgresJournal(pool)
  await forbid()
  expect(await findPostgresJournal(pool)).toBe(name)
  expect((await openPostgresJournal(pool)).name).toBe(name)
})

it.each(['select on rekey.journal', 'insert on rekey.rotation', 'update on rekey.rotation_event'])(
  'a journal is forbidden to a rotator that has lost %s',
  async (right) => {
    const { pool, as } = await newDatabase()
    await openPostgresJournal(pool)
    await as(`revoke ${right} from rekey`)
    await expect(findPostgresJournal(pool)).rejects.toMatchObject({ code: 'forbidden' })
  },
)

it('a journal that has lost its name has none, until it is opened', async () => {
  const { pool, as } = await newDatabase()
  await openPostgresJournal(pool)
  await as('delete from rekey.journal')
  expect(await findPostgresJournal(pool)).toBeUndefined()
  await openPostgresJournal(pool)
  expect(await findPostgresJournal(pool)).toMatch(/^postgres-/)
})

it('R57: a schema of another role is refused, by the look and by the opening', async () => {
  const { pool, as } = await newDatabase()
  await as('create schema rekey authorization shop')
  const refused = {
    code: 'refused',
    message: expect.stringMatching(
      /^the journal is not .*: schema rekey belongs to shop/,
    ) as string,
  }
  await expect(findPostgresJournal(pool)).rejects.toMatchObject(refused)
  await expect(openPostgresJournal(pool)).rejects.toMatchObject(refused)
})

it('R57: a table that another role may write is refused', async () => {
  const { pool, as } = await newDatabase()
  await openPostgresJournal(pool)
  await as('grant update on rekey.rotation to shop')
  await expect(openPostgresJournal(pool)).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('UPDATE on table rekey.rotation is granted to shop') as string,
  })
})

it('a journal that a newer release has made is refused', async () => {
  const { pool, as } = await newDatabase()
  await openPostgresJournal(pool)
  await as(`comment on table rekey.journal is 'rekey format 9'`)
  await expect(openPostgresJournal(pool)).rejects.toMatchObject({
    ...{ code: 'refused', details: { reason: 'format' } },
  })
})
