import { mkdtemp, readFile, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatDatabaseUrl, parseDatabaseUrl } from '@rekey/db-pool-rotator'
import { openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { randomBytes } from 'node:crypto'
import { runProgram } from '../../test/commands/run-program.support.ts'

let server: Awaited<ReturnType<typeof openPostgres>>
let admin: pg.Client
let cwd: string

beforeAll(async () => {
  server = await openPostgres()
  admin = new pg.Client({ connectionString: server.adminUrl.expose() })
  await admin.connect()
})
afterAll(async () => {
  await admin.end()
  await server.close()
})

const PASSWORD = randomBytes(24).toString('hex')

beforeEach(async () => {
  cwd = await realpath(await mkdtemp(join(tmpdir(), 'rekey-adopt-')))
  await admin.query(`create role shop login password '${PASSWORD}'`)
  await admin.query('create table orders (id int); alter table orders owner to shop')
})
afterEach(async () => {
  await rm(cwd, { recursive: true })
  await admin.query('drop table orders; drop role if exists shop_g1; drop role shop')
})

const adopt = (...flags: string[]) =>
  runProgram(['db', 'adopt', 'shop', ...flags], {
    ...{ cwd, env: { DATABASE_URL: server.adminUrl.expose() } },
  })
const PREPARE = ['--run', 'prepare', '--service', 'web-shop', '--accept-warnings']

async function namedIn(file: string) {
  const text = await readFile(join(cwd, file), 'utf8')
  return parseDatabaseUrl(/^DATABASE_WEB_SHOP=(.*)$/m.exec(text)?.[1] ?? '')
}

/** Runs a query as a login. */
async function asLogin(credentials: pg.ClientConfig, sql: string) {
  const client = new pg.Client(credentials)
  await client.connect()
  try {
    return (await client.query(sql)).rows as unknown[]
  } finally {
    await client.end()
  }
}

const asShop = () => {
  const { host, port, database } = parseDatabaseUrl(server.adminUrl.expose())
  return asLogin({ host, port, database, user: 'shop', password: PASSWORD }, 'select 1 as one')
}

it('prepares a login that owns what the role owns, closes the role, and gives it back', async () => {
  const prepared = await adopt(...PREPARE, '--env', '.env')
  expect(prepared).toMatchObject({
    code: 0,
    output: expect.stringContaining('shop_g1 logs in and acts as shop') as string,
  })
  const login = await namedIn('.env')
  expect(login).toMatchObject({
    user: 'shop_g1',
    password: expect.stringMatching(/^dev-/) as string,
  })
  expect(prepared.output).not.toContain(login.password)
  expect((await stat(join(cwd, '.env'))).mode & 0o777).toBe(0o600)
  await asLogin(login, 'alter table orders add column price int')
  expect(await asShop()).toEqual([{ one: 1 }])

  expect((await adopt('--run', 'finish', '--json')).lines()).toMatchObject([{ ran: 'finish' }])
  await expect(asShop()).rejects.toThrow('not permitted to log in')
  await asLogin(login, 'insert into orders values (1)')

  expect((await adopt('--run', 'rollback', '--json')).lines()).toMatchObject([{ ran: 'rollback' }])
  expect(await asShop()).toEqual([{ one: 1 }])
  await expect(asLogin(login, 'select 1')).rejects.toThrow()
})

it('hands the login to the rotator, which can drop it from then on, once both are there', async () => {
  const absent = (role: string) => ({
    code: 1,
    output: expect.stringContaining(`there is no role ${role}: `) as string,
  })
  const handOver = () => adopt('--run', 'rotator', '--rotator', 'turner')
  expect(await handOver()).toMatchObject(absent('shop_g1'))
  await adopt(...PREPARE, '--env', '.env')
  expect(await handOver()).toMatchObject(absent('turner'))
  await admin.query(`create role turner login createrole password '${PASSWORD}'`)
  const { host, port, database } = parseDatabaseUrl(server.adminUrl.expose())
  const rotator = { host, port, database, user: 'turner', password: PASSWORD }
  const drop = () => asLogin(rotator, 'drop role shop_g1')
  await expect(drop()).rejects.toMatchObject({ code: '42501' })
  expect(await handOver()).toMatchObject({
    code: 0,
    output: expect.stringContaining('turner can replace shop_g1') as string,
  })
  await drop()
  expect((await adopt('--run', 'rollback', '--rotator', 'turner')).code).toBe(0)
  await admin.query('drop role turner')
})

it('S28: adopts no role whose name would end a line of the script', async () => {
  const name = 'shop"\n--\n;alter role shop superuser;\n--'
  await admin.query(`create role ${pg.escapeIdentifier(name)} login`)
  const refused = await runProgram(['db', 'adopt', name, ...PREPARE, '--env', '.env'], {
    ...{ cwd, env: { DATABASE_URL: server.adminUrl.expose() } },
  })
  expect(refused).toMatchObject({
    code: 1,
    output: expect.stringContaining('holds a control character') as string,
  })
  const { rows } = await admin.query(`select rolsuper from pg_roles where rolname = 'shop'`)
  expect(rows).toEqual([{ rolsuper: false }])
  await admin.query(`drop role ${pg.escapeIdentifier(name)}`)
})

it('does not close a role while its sessions are open, and says how many', async () => {
  await adopt(...PREPARE, '--env', '.env')
  const { host, port, database } = parseDatabaseUrl(server.adminUrl.expose())
  const client = new pg.Client({ host, port, database, user: 'shop', password: PASSWORD })
  await client.connect()
  const refused = await adopt('--run', 'finish')
  await client.end()
  expect(refused).toMatchObject({
    code: 1,
    output: expect.stringContaining('1 sessions of shop are open') as string,
  })
})

it('prepares nothing before its warnings are accepted, nor twice', async () => {
  const flags = PREPARE.filter((flag) => flag !== '--accept-warnings')
  const refused = await adopt(...flags, '--env', '.env')
  expect(refused).toMatchObject({
    code: 1,
    output: expect.stringContaining('give --accept-warnings') as string,
  })
  await expect(stat(join(cwd, '.env'))).rejects.toThrow('ENOENT')
  expect((await adopt(...PREPARE, '--env', '.env')).code).toBe(0)
  const before = await readFile(join(cwd, '.env'), 'utf8')
  const again = await adopt(...PREPARE, '--env', 'other.env')
  expect(again).toMatchObject({
    code: 1,
    output: expect.stringContaining('There is a role shop_g1 already') as string,
  })
  await expect(stat(join(cwd, 'other.env'))).rejects.toThrow('ENOENT')
  expect(await readFile(join(cwd, '.env'), 'utf8')).toBe(before)
})

it('takes the value out of its place again if the server refuses the login', async () => {
  await admin.query(`create role weak login createrole password '${PASSWORD}'`)
  const { host, port, database } = parseDatabaseUrl(server.adminUrl.expose())
  const url = formatDatabaseUrl({ host, port, database, user: 'weak', password: PASSWORD })
  const run = await runProgram(['db', 'adopt', 'shop', ...PREPARE, '--env', '.env'], {
    ...{ cwd, env: { DATABASE_URL: url } },
  })
  await admin.query('drop role weak')
  expect(run.code).toBe(1)
  expect(run.output).not.toContain(PASSWORD)
  await expect(stat(join(cwd, '.env'))).rejects.toThrow('ENOENT')
})
