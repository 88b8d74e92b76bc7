import { randomBytes } from 'node:crypto'
import {
  createLiveSecret,
  type LiveSecret,
  Secret,
  SecretError,
  type SettableSecret,
  type StagedSecret,
} from '@rekey/secret'
import { openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type DatabaseCredentials,
  openRotatingPool,
  type RotatingPool,
  type RotatingPoolOptions,
  type RotationEvents,
} from './index.ts'
import {
  admitLogin,
  createOwnerRole,
  listLogins,
  nextLoginName,
  revokeLogin,
  sessionsOf,
} from './roles/index.ts'

const OWNER = 'app'
const CONNECTIONS = 20

let server: Postgres
let admin: pg.Client
let live: SettableSecret<DatabaseCredentials>
let login = ''
/** What the store would answer when it is asked because of a refused login. */
let stored: StagedSecret<DatabaseCredentials> | undefined
let asked: number
const pools: RotatingPool[] = []

beforeAll(async () => {
  server = await openPostgres({
    settings: { max_connections: CONNECTIONS, log_connections: 'authentication' },
  })
})
afterAll(() => server.close())

beforeEach(async () => {
  admin = await connectAdmin()
  await createOwnerRole(admin, OWNER)
  stored = undefined
  asked = 0
  live = createLiveSecret(stage(await admit()), { refresh: askStore })
})
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()))
  for (const { name } of await listLogins(admin, OWNER)) {
    await revokeLogin(admin, { login: name, deadlineMs: 0 })
  }
  await admin.end()
})

async function connectAdmin(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.adminUrl.expose() })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

function askStore(): Promise<void> {
  asked += 1
  if (stored !== undefined) live.update(stored)
  return Promise.resolve()
}

async function admit(): Promise<DatabaseCredentials> {
  login = nextLoginName(OWNER, login)
  const password = Secret.of(randomBytes(24).toString('hex'), 'DATABASE_APP')
  await admitLogin(admin, { ownerRole: OWNER, login, password })
  const { host, port } = server
  return { user: login, password: password.expose(), host, port, database: 'postgres' }
}

function stage(credentials: DatabaseCredentials): StagedSecret<DatabaseCredentials> {
  const value = Secret.of(credentials, 'DATABASE_APP')
  const version = `v-${credentials.user}-${randomBytes(4).toString('hex')}`
  const current = { name: 'DATABASE_APP', version, stage: 'current', value, sensitive: [] } as const
  return { name: 'DATABASE_APP', revision: version, current }
}

async function open(options: Partial<RotatingPoolOptions> = {}): Promise<RotatingPool> {
  const pool = await openRotatingPool({ credentials: live, max: 4, ...options })
  pools.push(pool)
  return pool
}

/** Not `events.once`, which also fails on the pool's `error` event. */
function toldBy<E extends keyof RotationEvents>(
  pool: RotatingPool,
  event: E,
): Promise<RotationEvents[E]> {
  return new Promise((resolve) => pool.once(event, resolve))
}

const sessionUser = async (pool: RotatingPool) =>
  (await pool.query<{ name: string }>('select session_user as name')).rows[0]?.name

const wrong = (credentials: DatabaseCredentials) => ({
  ...credentials,
  password: randomBytes(24).toString('hex'),
})

describe('R15: a new version that the database rejects', () => {
  it('is told and not adopted, and no query fails', async () => {
    const pool = await open()
    const old = login
    const rejected = toldBy(pool, 'rejected')
    live.update(stage(wrong(await admit())))
    const answers = Array.from({ length: 50 }, () => sessionUser(pool))
    expect((await rejected).error).toMatchObject({ code: 'rejected', details: { reason: '28P01' } })
    expect(new Set(await Promise.all(answers))).toEqual(new Set([old]))
    expect(live.usage.report().holding['pool']).toHaveLength(1)
  })

  it('does not stand in the way of the next one', async () => {
    const pool = await open()
    const rejected = toldBy(pool, 'rejected')
    live.update(stage(wrong(await admit())))
    await rejected
    const drained = toldBy(pool, 'drained')
    live.update(stage(await admit()))
    await drained
    expect(await sessionUser(pool)).toBe(login)
  })

  it('tells no password, neither in the event nor in the error of an opening', async () => {
    const pool = await open()
    const rejected = toldBy(pool, 'rejected')
    const bad = wrong(await admit())
    live.update(stage(bad))
    expect(JSON.stringify(await rejected)).not.toContain(bad.password)
    const error: unknown = await open({ loginRetryMs: 0 }).catch((problem: unknown) => problem)
    expect(error).toBeInstanceOf(SecretError)
    expect(String(error) + JSON.stringify(error)).not.toContain(bad.password)
  })
})

describe('R17: a login that lost its membership', () => {
  const takeAway = (name: string) => admin.query(`revoke ${OWNER} from ${name}`)

  it('is not adopted, because its session acts as itself', async () => {
    const pool = await open()
    const old = login
    const rejected = toldBy(pool, 'rejected')
    const next = await admit()
    await takeAway(login)
    live.update(stage(next))
    expect((await rejected).error).toMatchObject({
      code: 'refused',
      details: { expected: OWNER, actual: login },
    })
    expect(await sessionUser(pool)).toBe(old)
    await admin.query(`grant ${OWNER} to ${login}`)
  })

  it('gets no further connection, and the refused ones are closed', async () => {
    const pool = await open()
    await takeAway(login)
    const rejected = toldBy(pool, 'rejected')
    await expect(sessionUser(pool)).rejects.toMatchObject({ code: 'refused' })
    expect((await rejected).error.details).toMatchObject({ expected: OWNER, actual: login })
    expect(await sessionsOf(admin, login)).toEqual([])
    await admin.query(`grant ${OWNER} to ${login}`)
    expect(await sessionUser(pool)).toBe(login)
  })

  it('stops a pool from opening when the owner role is named', async () => {
    await admin.query(`alter role ${login} reset role`)
    await expect(open({ ownerRole: OWNER })).rejects.toMatchObject({ code: 'refused' })
  })
})

describe('R11: a database that restarts in the middle of a switch', () => {
  it('is waited for, is no rejection, and the switch goes on', async () => {
    const pool = await open({ loginRetryMs: 0 })
    await sessionUser(pool)
    const next = await admit()
    const told: string[] = []
    pool.on('rejected', () => told.push('rejected'))
    const unreachable = toldBy(pool, 'unreachable')
    const drained = toldBy(pool, 'drained')
    await server.stop()
    live.update(stage(next))
    expect((await unreachable).error.code).toBe('unreachable')
    await expect(sessionUser(pool)).rejects.toThrow()
    await server.start()
    await drained
    expect(await sessionUser(pool)).toBe(next.user)
    expect(told).toEqual([])
    admin = await connectAdmin()
  })
})

describe('R23: a database without a free connection', () => {
  it('delays the switch and does not disturb the pool', async () => {
    const pool = await open({ max: 2 })
    const clients = await Promise.all([pool.connect(), pool.connect()])
    const next = await admit()
    const guests = Array.from({ length: CONNECTIONS }, () => connectAdmin())
    const seated = await Promise.allSettled(guests)
    const unreachable = toldBy(pool, 'unreachable')
    live.update(stage(next))
    expect((await unreachable).error.details).toMatchObject({ reason: '53300' })
    const drained = toldBy(pool, 'drained')
    for (const client of clients) {
      await client.query('select 1')
      client.release()
    }
    for (const guest of seated) if (guest.status === 'fulfilled') await guest.value.end()
    await drained
    expect(await sessionUser(pool)).toBe(next.user)
  })
})

describe('a login that is refused because the pool is behind', () => {
  it('makes the pool ask the store once, and every query succeeds', async () => {
    const pool = await open()
    const old = login
    stored = stage(await admit())
    await revokeLogin(admin, { login: old, deadlineMs: 0 })
    const answers = await Promise.all(Array.from({ length: 40 }, () => sessionUser(pool)))
    expect(new Set(answers)).toEqual(new Set([login]))
    expect(asked).toBe(1)
    expect(live.usage.report().failures).toBeGreaterThan(0)
  })

  it('is tried again while the store lags', async () => {
    const pool = await open()
    const old = login
    const next = stage(await admit())
    await revokeLogin(admin, { login: old, deadlineMs: 0 })
    const answer = sessionUser(pool)
    await expect.poll(() => asked).toBe(1)
    live.update(next)
    expect(await answer).toBe(login)
  })

  it('fails all who wait once the budget is over, after few logins', async () => {
    const pool = await open({ loginRetryMs: 300 })
    await revokeLogin(admin, { login, deadlineMs: 0 })
    const outcomes = await Promise.allSettled(Array.from({ length: 60 }, () => sessionUser(pool)))
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'rejected' } })
    }
    expect(asked).toBe(1)
    expect(live.usage.report().failures).toBeLessThanOrEqual(8)
  })
})

describe('two pools on one secret', () => {
  it('report what they hold under their own names', async () => {
    const [reads, writes] = [await open({ consumer: 'reads' }), await open({ consumer: 'writes' })]
    const client = await writes.connect()
    const before = live.current.version
    const drained = Promise.all([toldBy(reads, 'drained'), toldBy(writes, 'draining')])
    live.update(stage(await admit()))
    await drained
    const { holding } = (live as LiveSecret<DatabaseCredentials>).usage.report()
    expect(holding).toEqual({
      reads: [live.current.version],
      writes: [live.current.version, before],
    })
    client.release()
  })
})
