import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'
import { createLiveSecret, Secret, type SettableSecret, type StagedSecret } from '@rekey/secret'
import { openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import Cursor from 'pg-cursor'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DatabaseCredentials, openRotatingPool, type RotatingPool } from './index.ts'
import {
  admitLogin,
  createOwnerRole,
  listLogins,
  nextLoginName,
  revokeLogin,
  sessionsOf,
} from './roles/index.ts'

const OWNER = 'app'
const MAX = 10

let server: Postgres
let admin: pg.Client
let live: SettableSecret<DatabaseCredentials>
let login = ''
let pool: RotatingPool
let told: string[]

beforeAll(async () => {
  server = await openPostgres({ settings: { max_connections: 40 } })
})
afterAll(() => server.close())

beforeEach(async () => {
  admin = new pg.Client({ connectionString: server.adminUrl.expose() })
  admin.on('error', () => undefined)
  await admin.connect()
  await createOwnerRole(admin, OWNER)
  await admin.query(`create table notes (text text); alter table notes owner to ${OWNER}`)
  const first = await admit()
  live = createLiveSecret(stage(first))
  pool = await openRotatingPool({ credentials: live, max: MAX })
  told = listen(pool)
})
afterEach(async () => {
  if (!pool.ending) await pool.end()
  await admin.query('drop table notes')
  for (const { name } of await listLogins(admin, OWNER)) {
    await revokeLogin(admin, { login: name, deadlineMs: 0 })
  }
  await admin.end()
})

const newPassword = () => Secret.of(randomBytes(24).toString('hex'), 'DATABASE_APP')

/** Makes the next login of the owner role. */
async function admit(): Promise<DatabaseCredentials> {
  login = nextLoginName(OWNER, login)
  const password = newPassword()
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

function listen(from: RotatingPool): string[] {
  const events: string[] = []
  for (const name of [
    'rotating',
    'draining',
    'drained',
    'rejected',
    'unreachable',
    'lost',
  ] as const) {
    from.on(name, () => events.push(name))
  }
  return events
}

/** Switches the pool to `next` and waits until no connection of the version before is left. */
async function switchTo(next: DatabaseCredentials): Promise<void> {
  const drained = once(pool, 'drained')
  live.update(stage(next))
  await drained
}

const whoAmI = async () => {
  const { rows } = await pool.query<{ current: string; session: string }>(
    'select current_user as current, session_user as session',
  )
  return rows[0]
}

describe('a rotating pool', () => {
  it('is a pg.Pool, and acts as the owner role', async () => {
    expect(pool).toBeInstanceOf(pg.Pool)
    expect(await whoAmI()).toEqual({ current: OWNER, session: login })
  })

  it('changes its login under load with no failed query and at most one connection more than its maximum', async () => {
    const failures: unknown[] = []
    let [operations, rotations, peak, isOver] = [0, 0, 0, false]
    const work = [runQuery, runTransaction, runCursor]
    const workers = Array.from({ length: 40 }, async (_, worker) => {
      while (!isOver) {
        await work[worker % work.length]?.().catch((error: unknown) => failures.push(error))
        operations += 1
      }
    })
    const watcher = new pg.Client({ connectionString: server.adminUrl.expose() })
    await watcher.connect()
    const sampling = (async () => {
      while (!isOver) {
        const { rows } = await watcher.query<{ count: number }>(
          `select count(*)::int from pg_stat_activity where usename like 'app\\_g%'`,
        )
        peak = Math.max(peak, rows[0]?.count ?? 0)
        await delay(3)
      }
    })()
    const endMs = Date.now() + 4000
    while (Date.now() < endMs) {
      const old = login
      await switchTo(await admit())
      expect(await revokeLogin(admin, { login: old, deadlineMs: 5000 })).toEqual({
        dropped: true,
        ended: 0,
      })
      rotations += 1
    }
    isOver = true
    await Promise.all([...workers, sampling])
    await watcher.end()

    expect(failures).toEqual([])
    expect(rotations).toBeGreaterThan(3)
    expect(operations).toBeGreaterThan(400)
    expect(peak).toBeGreaterThan(1)
    expect(peak).toBeLessThanOrEqual(MAX + 1)
    expect((await listLogins(admin, OWNER)).map(({ name }) => name)).toEqual([login])
    expect(told).not.toContain('lost')
  })

  async function runQuery() {
    await pool.query('select pg_sleep(0.005)')
  }
  async function runTransaction() {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await client.query('insert into notes values ($1)', ['x'])
      await client.query('select count(*) from notes')
      await client.query('commit')
    } finally {
      client.release()
    }
  }
  async function runCursor() {
    const client = await pool.connect()
    try {
      const cursor = client.query(new Cursor('select * from generate_series(1, 30)'))
      while ((await cursor.read(10)).length > 0);
      await cursor.close()
    } finally {
      client.release()
    }
  }

  it('opens no connection in place of one that is still closing, which here the server would refuse', async () => {
    const credentials = await admit()
    const own = createLiveSecret(stage(credentials))
    await using single = await openRotatingPool({ credentials: own, max: 1 })
    const client = await single.connect()
    // Dropping temporary tables keeps a session for a while after its end.
    await client.query(`do $$ begin for i in 1..400 loop
      execute format('create temp table t%s (id int primary key)', i); end loop; end $$`)
    const draining = once(single, 'draining')
    own.update(stage(credentials))
    await draining
    await admin.query(`alter role ${login} connection limit 1`)
    client.release()
    await expect(single.query('select 1')).resolves.toBeDefined()
  })

  it('tells what it holds, until the last connection of the old version is closed', async () => {
    const before = live.current.version
    const client = await pool.connect()
    const draining = once(pool, 'draining')
    live.update(stage(await admit()))
    expect(await draining).toEqual([{ version: before, left: 1 }])
    expect(live.usage.report().holding['pool']).toEqual([live.current.version, before])

    const drained = once(pool, 'drained')
    client.release()
    expect(await drained).toEqual([{ version: before }])
    expect(live.usage.report().holding['pool']).toEqual([live.current.version])
    await pool.query('select 1')
    expect(live.usage.report().versions.map(({ version }) => version)).toEqual([
      before,
      live.current.version,
    ])

    await pool.end()
    expect(live.usage.report().holding['pool']).toEqual([])
    expect(await sessionsOf(admin, login)).toEqual([])
  })

  it('leaves a LISTEN alone for as long as it is held, and serves others meanwhile', async () => {
    const old = login
    const listener = await pool.connect()
    await listener.query('listen news')
    const heard = once(listener, 'notification')
    live.update(stage(await admit()))
    await once(pool, 'draining')
    expect(await whoAmI()).toEqual({ current: OWNER, session: login })
    await pool.query(`notify news, 'still here'`)
    expect(await heard).toMatchObject([{ payload: 'still here' }])
    expect(told).not.toContain('drained')

    const drained = once(pool, 'drained')
    listener.release()
    await drained
    expect(await sessionsOf(admin, old)).toEqual([])
  })

  it('closes a connection that was still connecting when the credentials changed', async () => {
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    // The driver awaits the hook; its types do not say so.
    const onConnect = (() => gate) as unknown as () => void
    await using slow = await openRotatingPool({ credentials: live, onConnect })
    const old = login
    const connecting = slow.connect()
    await expect.poll(() => sessionsOf(admin, old)).toHaveLength(1)
    const draining = once(slow, 'draining')
    live.update(stage(await admit()))
    await draining
    open()
    const client = await connecting
    client.release()
    await expect.poll(() => sessionsOf(admin, old)).toEqual([])
    const { rows } = await slow.query('select session_user as name')
    expect(rows).toEqual([{ name: login }])
  })

  it('goes back when a promoted version is rolled back', async () => {
    const [first, old] = [live.snapshot, login]
    await switchTo(await admit())
    const drained = once(pool, 'drained')
    live.update(first)
    await drained
    expect(await whoAmI()).toEqual({ current: OWNER, session: old })
  })

  it('skips to the newest of several changes', async () => {
    live.update(stage(await admit()))
    live.update(stage(await admit()))
    await once(pool, 'drained')
    expect(await whoAmI()).toEqual({ current: OWNER, session: login })
  })

  it('shows its password in no option, and not when printed', async () => {
    await pool.query('select 1')
    const { password } = live.current.value.expose()
    expect(JSON.stringify(pool.options)).not.toContain(password)
    expect(inspect(pool.options, { showHidden: true, depth: 9 })).not.toContain(password)
    expect(inspect(pool, { showHidden: true, depth: 9 })).not.toContain(password)
  })

  it('survives that an administrator ends its connections, idle or checked out', async () => {
    const errors: Error[] = []
    pool.on('error', (error) => errors.push(error))
    const { password } = live.current.value.expose()
    const client = await pool.connect()
    await pool.query('select 1')
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = $1`, [
      login,
    ])
    await expect.poll(() => told.filter((event) => event === 'lost')).toHaveLength(2)
    await expect(client.query('select 1')).rejects.toThrow()
    client.release()
    expect(await whoAmI()).toEqual({ current: OWNER, session: login })
    expect(errors).toHaveLength(1)
    expect(inspect(errors, { showHidden: true, depth: 9 })).not.toContain(password)
  })

  it('refuses a pg-pool that lacks a part it needs, and names it', async () => {
    const Parent = Object.getPrototypeOf(pg.Pool.prototype) as { _pulseQueue: unknown }
    const original = Parent._pulseQueue
    Parent._pulseQueue = undefined
    try {
      await expect(openRotatingPool({ credentials: live })).rejects.toThrow(/no _pulseQueue/)
    } finally {
      Parent._pulseQueue = original
    }
  })
})
