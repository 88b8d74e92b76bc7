import { randomBytes } from 'node:crypto'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import {
  type DatabaseCredentials,
  formatDatabaseUrl,
  openRotatingPool,
  parseDatabaseUrl,
  postgresLogin,
} from '@rekey/db-pool-rotator'
import { admitLogin, createOwnerRole, listLogins } from '@rekey/db-pool-rotator/roles'
import { NON_PRODUCTION_PREFIX, Secret } from '@rekey/secret'
import { createMemoryStore } from '@rekey/secret-stores'
import { openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import {
  createMemoryJournal,
  databaseKind,
  rollBack,
  rotate,
  type RotationEvent,
} from '../index.ts'

let server: Awaited<ReturnType<typeof openPostgres>>
let admin: pg.Pool
let count = 0

beforeAll(async () => {
  server = await openPostgres()
  admin = new pg.Pool({ connectionString: server.adminUrl.expose(), max: 4 })
  // pg.Pool's end() does not wait for its connections, so the server may still cut them.
  admin.on('error', () => undefined)
})
afterAll(async () => {
  await admin.end()
  await server.close()
})

async function asAdmin<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await admin.connect()
  try {
    return await work(client)
  } finally {
    client.release()
  }
}

/** A service named `appN` with its owner role, its first login, a running replica and a pool. */
async function setUp() {
  count += 1
  const name = `app${count}`
  const login: DatabaseCredentials = {
    ...{ host: server.host, port: server.port, database: 'postgres', user: `${name}_g1` },
    password: NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url'),
  }
  await asAdmin(async (client) => {
    await createOwnerRole(client, name)
    const password = Secret.of(login.password, name)
    await admitLogin(client, { ownerRole: name, login: login.user, password })
  })
  const store = createMemoryStore({ [`DATABASE_${name.toUpperCase()}`]: formatDatabaseUrl(login) })
  const database = postgresLogin({ ownerRole: name })
  const definition = defineService({ name, settings: z.object({}), secrets: { database } })
  const service = await loadService(definition, {
    env: { REKEY_ENVIRONMENT: 'test' },
    source: store,
  })
  const pool = await openRotatingPool({
    credentials: service.secrets.database,
    ownerRole: name,
    max: 4,
  })
  const health = await openHealthListener(service, { port: 0 })
  onTestFinished(async () => {
    await pool.end()
    await health.close()
    service.close()
  })
  const fleet = [{ service: name, url: '', healthUrl: `http://127.0.0.1:${health.port}` }]
  const kind = (deadlineMs = 10_000) =>
    databaseKind({
      service: name,
      ownerRole: name,
      admin,
      fleet,
      nonProduction: true,
      deadlineMs,
      pollMs: 20,
    })
  const options = { store, journal: createMemoryJournal() }
  const logins = async () =>
    (await asAdmin((client) => listLogins(client, name))).map((l) => l.name)
  return { name, login, store, pool, kind, options, logins }
}

const afterStep =
  (wanted: string, work: () => Promise<unknown>) => async (event: RotationEvent) => {
    if (`${event.step} ${event.phase}` === wanted) await work()
  }

it('replaces the login under load, and no query fails', async () => {
  const { pool, kind, options, logins, name } = await setUp()
  const done = new AbortController()
  const users = new Set<string>()
  const working = Array.from({ length: 8 }, async () => {
    while (!done.signal.aborted) {
      const { rows } = await pool.query<{ by: string; as: string }>(
        'select session_user as by, current_user as as, pg_sleep(0.005)',
      )
      users.add(`${rows[0]?.by ?? ''} as ${rows[0]?.as ?? ''}`)
    }
  })
  await rotate(kind(), options)
  await pool.query('select 1')
  done.abort()
  await Promise.all(working)
  expect([...users].sort()).toEqual([`${name}_g1 as ${name}`, `${name}_g2 as ${name}`])
  expect(await logins()).toEqual([`${name}_g2`])
})

it('R3 resumes after a crash between the role and the pools with the same role, not a second one', async () => {
  const { kind, options, logins, name } = await setUp()
  const die = afterStep('admit end', () => Promise.reject(new Error('killed')))
  await expect(rotate(kind(), { ...options, onEvent: die })).rejects.toThrow('killed')
  expect(await logins()).toEqual([`${name}_g1`, `${name}_g2`])
  await rotate(kind(), options)
  expect(await logins()).toEqual([`${name}_g2`])
})

it('R15 undoes everything when the new login cannot log in, and the pool never notices', async () => {
  const { kind, options, logins, pool, name, store } = await setUp()
  const lockOut = afterStep('admit end', () => admin.query(`alter role ${name}_g2 nologin`))
  const failure = { code: 'undone', step: 'prove', reason: 'rejected' }
  await expect(rotate(kind(), { ...options, onEvent: lockOut })).rejects.toMatchObject(failure)
  expect(await logins()).toEqual([`${name}_g1`])
  expect((await store.read(`DATABASE_${name.toUpperCase()}`)).pending).toBeUndefined()
  expect((await pool.query<{ by: string }>('select session_user as by')).rows).toEqual([
    { by: `${name}_g1` },
  ])
})

it('R16 refuses to promote a login whose rights differ, and names what differs', async () => {
  const { kind, options, logins, name } = await setUp()
  const limit = afterStep('admit end', () =>
    admin.query(`alter role ${name}_g2 connection limit 3`),
  )
  await expect(rotate(kind(), { ...options, onEvent: limit })).rejects.toMatchObject({
    code: 'undone',
    reason: 'refused',
    message: expect.stringContaining('rolconnlimit') as string,
  })
  expect(await logins()).toEqual([`${name}_g1`])
})

it('R21 stops, instead of leaving half an undo behind, when something keeps the new role from being dropped', async () => {
  const { kind, options, logins, name } = await setUp()
  await admin.query(`create table own_${name} (id int)`)
  const grant = afterStep('admit end', () =>
    admin.query(`grant select on own_${name} to ${name}_g2`),
  )
  const failure = { code: 'stopped', step: 'undo', reason: 'refused' }
  await expect(rotate(kind(), { ...options, onEvent: grant })).rejects.toMatchObject(failure)
  await admin.query(`revoke select on own_${name} from ${name}_g2`)
  await rollBack(kind(), options)
  expect(await logins()).toEqual([`${name}_g1`])
  await rotate(kind(), options)
  expect(await logins()).toEqual([`${name}_g2`])
})

it('R20 keeps the old login while somebody unknown is logged in with it, and names them', async () => {
  const { kind, options, login, logins, name } = await setUp()
  const unknown = new pg.Client({ ...login, application_name: 'a forgotten job' })
  await unknown.connect()
  const failure = {
    code: 'stopped',
    step: 'confirm',
    message: expect.stringContaining('a forgotten job') as string,
  }
  await expect(rotate(kind(300), options)).rejects.toMatchObject(failure)
  expect(await logins()).toContain(`${name}_g1`)
  await unknown.end()
  await rotate(kind(), options)
  expect(await logins()).toEqual([`${name}_g2`])
})

it('keeps host, port and database, and marks the new password as a development value', async () => {
  const { kind, options, login, store, name } = await setUp()
  await rotate(kind(), options)
  const { current } = await store.read(`DATABASE_${name.toUpperCase()}`)
  const { password, ...rest } = parseDatabaseUrl(current.value.expose())
  expect(rest).toEqual({
    host: login.host,
    port: login.port,
    database: login.database,
    user: `${name}_g2`,
  })
  expect(password.startsWith(NON_PRODUCTION_PREFIX)).toBe(true)
  expect(password).not.toBe(login.password)
})
