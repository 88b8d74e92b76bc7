// @lane servers
import { randomBytes } from 'node:crypto'
import { createMemoryJournal, openPostgresJournal, rollBack, rotate } from '@rekey/rekey/engine'
import { liveVersions } from '@rekey/secret/internal'
import { type SecretStore, systemClock } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import type { AdminSqlPool } from '@rekey/secret/internal/kind'
import { openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { databaseAccess } from '../roles/inspection.ts'
import { createClusterPool, LivePassword } from '../connection/internal.ts'
import { createPool, formatDatabaseUrl, parseDatabaseUrl } from '../index.ts'
import { at, dieAt, logIn, SERVERS } from '../../test/rotate/database-kind.support.ts'
import { rotatorLoginKind } from './index.ts'
import { asSuperuser, openCluster } from '../../test/rotate/standbys.support.ts'

const NAME = 'DATABASE_ROTATOR'

describe.each(SERVERS)('on %s', { timeout: 60_000 }, (_, binDirectory) => {
  let server: Awaited<ReturnType<typeof openPostgres>>
  let superuser: pg.Pool
  let count = 0
  beforeAll(async () => {
    server = await openPostgres(binDirectory === undefined ? {} : { binDirectory })
    superuser = new pg.Pool({ connectionString: server.adminUrl.expose() })
    superuser.on('error', () => undefined)
  }, 120_000)
  afterAll(async () => {
    await superuser.end()
    await server.close()
  })

  /** A rotator of limited rights, which owns its database and has made a role. */
  async function openRotator() {
    count += 1
    const user = `rotator${count}`
    const password = randomBytes(24).toString('hex')
    const { host, port } = server
    const login = { host, port, user, password, database: user }
    await superuser.query(
      `create role ${user} login createrole password '${password}' in role pg_signal_backend`,
    )
    await superuser.query(`create database ${user} owner ${user}`)
    const store = createMemoryStore({ [NAME]: formatDatabaseUrl(login) })
    const admin = await openProcess(store)
    await admin.query(`create role ${user}_made`)
    const kind = (pool: AdminSqlPool = admin, deadlineMs = 2_000) =>
      rotatorLoginKind.rotation({
        ...{ name: NAME, admin: pool, nonProduction: true, journalOnServer: true, deadlineMs },
        fleet: { replicas: fail, acknowledgements: fail },
      })
    const options = { store, journal: await openPostgresJournal(admin) }
    const current = async () => {
      return parseDatabaseUrl((await store.read(NAME)).current.value.expose())
    }
    return { user, login, store, admin, kind, options, current }
  }

  const refused = { code: '28P01' }

  it('changes the password of the role it is, while another process opens connections all the time', async () => {
    const { user, login, store, admin, kind, options, current } = await openRotator()
    const other = await openProcess(store)
    const late = await openProcess(store)
    const held = await late.connect()
    const done = new AbortController()
    let opened = 0
    const working = (async () => {
      while (!done.signal.aborted) {
        const client = await other.connect()
        await client.query('select 1')
        client.release(true)
        opened += 1
      }
    })()
    const result = await rotate(kind(), options).finally(() => {
      done.abort()
    })
    await working
    await held.query('select 1')
    const there = await databaseAccess(held, late.options).open('postgres', (client) =>
      client.query<{ at: string }>('select current_database() as at'),
    )
    expect(there.rows).toEqual([{ at: 'postgres' }])
    held.release()
    expect(opened).toBeGreaterThan(1)
    const next = await current()
    expect(next).toMatchObject({ user, database: user })
    expect(result).toMatchObject({ secret: NAME, revoked: expect.any(String) as string })
    await expect(logIn(login)).rejects.toMatchObject(refused)
    await (await logIn(next)).end()
    await admin.query(`create role ${user}_later; drop role ${user}_made, ${user}_later`)
    const [entry] = await options.journal.entries()
    expect(entry?.intent?.receipts).toMatchObject([
      { evidence: 'the role has another password, and no session from before' },
    ])
  })

  it('ends idle sessions of other processes from before, and waits for one that works', async () => {
    const { login, kind, options } = await openRotator()
    const [idle, working] = await Promise.all([logIn(login), logIn(login)])
    const slow = working.query<{ done: number }>('select 1 as done from pg_sleep(1)')
    await rotate(kind(undefined, 10_000), options)
    expect((await slow).rows).toEqual([{ done: 1 }])
    for (const client of [idle, working]) await expect(client.query('select 1')).rejects.toThrow()
  })

  it.each(['admit end', 'promote end'])(
    'goes on in a new process after one that died at %s',
    async (point) => {
      const { login, store, kind, options } = await openRotator()
      const dying = rotate(kind(), { ...options, onEvent: dieAt(point) })
      await expect(dying).rejects.toThrow('killed')
      const admin = await openProcess(store)
      const journal = await openPostgresJournal(admin)
      await rotate(kind(admin), { store, journal })
      await expect(logIn(login)).rejects.toMatchObject(refused)
      expect(await store.read(NAME)).not.toHaveProperty('previous')
    },
  )

  it.each(['prove end', 'promote end'])(
    'sets the old password again where it is rolled back after %s',
    async (point) => {
      const { login, store, kind, options } = await openRotator()
      const dying = rotate(kind(), { ...options, onEvent: dieAt(point) })
      await expect(dying).rejects.toThrow('killed')
      const { pending, current } = await store.read(NAME)
      const next = parseDatabaseUrl((pending ?? current).value.expose())
      await rollBack(kind(), options)
      await (await logIn(login)).end()
      await expect(logIn(next)).rejects.toMatchObject(refused)
      expect(parseDatabaseUrl((await store.read(NAME)).current.value.expose())).toEqual(login)
    },
  )

  it('when it has leaked, ends at once what works with it, and replaces the password that such a session has set', async () => {
    const { user, login, admin, kind, options, current } = await openRotator()
    const thief = await logIn(login)
    await thief.query('begin; select pg_backend_pid()')
    const other = await logIn(login)
    const stolen = randomBytes(24).toString('hex')
    const steal = () => other.query(`alter role ${user} password '${stolen}'`)
    const late = meddleWith(admin, async (text) => {
      if (text.startsWith('select clock_timestamp()')) await steal()
      return text
    })
    const onEvent = at('revoke begin', steal)
    await rotate(kind(late, 60_000), { ...options, onEvent, compromised: true })
    for (const client of [thief, other]) await expect(client.query('select 1')).rejects.toThrow()
    for (const password of [login.password, stolen]) {
      await expect(logIn({ ...login, password })).rejects.toMatchObject(refused)
    }
    await (await logIn(await current())).end()
  })

  it('writes no receipt while the server lets in with the old password', async () => {
    const { admin, kind, options, user } = await openRotator()
    const deafPool = meddleWith(admin, (text) =>
      Promise.resolve(text.startsWith(`alter role "${user}"`) ? 'select 1' : text),
    )
    const deaf = kind(deafPool)
    const { store } = options
    const dying = rotate(deaf, { ...options, onEvent: dieAt('stage end') })
    await expect(dying).rejects.toThrow('killed')
    const staged = await store.read(NAME)
    await store.promote(NAME, staged.revision)
    const journal = await openPostgresJournal(deafPool)
    await expect(rotate(deaf, { store, journal })).rejects.toMatchObject({
      ...{ step: 'revoke', reason: 'refused' },
      message: expect.stringContaining('pg_hba.conf') as string,
    })
    const [entry] = await options.journal.entries()
    const receipts = entry?.intent?.receipts ?? []
    expect(receipts.map(({ version }) => version)).not.toContain(staged.current.version)
  })
})

/** The connections of a process of the rotator, which has read its login. */
async function openProcess(store: SecretStore, ports?: readonly number[]): Promise<AdminSqlPool> {
  const first = parseDatabaseUrl((await store.read(NAME)).current.value.expose())
  const live = new LivePassword(first.password, async () =>
    liveVersions(await store.read(NAME)).map(({ value }) => {
      return parseDatabaseUrl(value.expose()).password
    }),
  )
  const options = { live, catalogOnly: true }
  const pool = live.follow(
    ports === undefined
      ? createPool(first, options)
      : createClusterPool(
          ports.map((port) => ({ ...first, port })),
          options,
        ),
  )
  onTestFinished(() => pool.end())
  return pool
}

it('R42 has every server of a cluster refuse the old password, and ends its sessions there', async () => {
  const cluster = await openCluster()
  onTestFinished(() => cluster.close())
  const { host, port } = cluster.primary
  const password = randomBytes(24).toString('hex')
  const login = { host, port, user: 'own', password, database: 'postgres' }
  await asSuperuser(
    cluster.primary,
    `create role own login password '${password}' in role pg_signal_backend, pg_read_all_stats`,
  )
  const store = createMemoryStore({ [NAME]: formatDatabaseUrl(login) })
  const ports = cluster.servers.map((server) => server.port)
  const admin = await openProcess(store, ports)
  const isThere = `select from pg_roles where rolname = 'own'`
  for (const server of cluster.servers) {
    await expect.poll(() => asSuperuser(server, isThere), { timeout: 60_000 }).toHaveLength(1)
  }
  const sessions = await Promise.all(ports.map((at) => logIn({ ...login, port: at })))
  const kind = rotatorLoginKind.rotation({
    ...{ name: NAME, admin, nonProduction: true, deadlineMs: 30_000 },
    fleet: { replicas: fail, acknowledgements: fail },
  })
  const result = await rotate(kind, { store, journal: createMemoryJournal(systemClock) })
  expect(result).not.toHaveProperty('unproven')
  for (const at of ports) {
    await expect(logIn({ ...login, port: at })).rejects.toMatchObject({ code: '28P01' })
  }
  for (const client of sessions) await expect(client.query('select 1')).rejects.toThrow()
  const { endpoints = [] } = admin
  for (const server of endpoints) await server.query('select 1')
}, 180_000)

/** Connections whose statements pass through `change`. */
function meddleWith(pool: AdminSqlPool, change: (text: string) => Promise<string>): AdminSqlPool {
  const connect = async () => {
    const client = await pool.connect()
    const query: typeof client.query = async (text, values) =>
      client.query(await change(text), values)
    return {
      ...{ query, on: client.on.bind(client), off: client.off.bind(client) },
      release: client.release.bind(client),
    }
  }
  return { ...pool, connect }
}

function fail(): never {
  throw new Error('no replica reports this login')
}
