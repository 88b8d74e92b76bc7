// @lane servers
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { formatDatabaseUrl } from '../index.ts'
import { openProxy, type Proxy } from '../../test/proxy.support.ts'
import {
  eventually,
  type Fixture,
  SERVERS,
  stage,
  useFixture,
} from '../../test/rotating.support.ts'

/** A pool, what it is observed to do, and what a script does to it from outside. */
interface Observed {
  readonly pool: pg.Pool
  readonly proxy: Proxy
  readonly fixture: Fixture
  /** Adds to what was observed. */
  readonly note: (fact: unknown) => void
  /** Waits until that many events of one name were observed. */
  readonly until: (event: string, times?: number) => Promise<void>
}

interface Script {
  readonly options: pg.PoolConfig
  run(observed: Observed): Promise<void>
}

const EVENTS = ['connect', 'acquire', 'release', 'remove', 'error'] as const

const messageOf = (error: unknown) => (error as Error).message
/** The rotating pool adds what it waits for. */
const firstPart = (message: unknown) => String(message).split(':')[0]
const pidOf = async (client: pg.PoolClient) =>
  (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid

const scripts: Record<string, Script> = {
  'connections up to max, then a queue': {
    options: { max: 2 },
    async run({ pool, note }) {
      const clients = [await pool.connect(), await pool.connect()]
      const third = pool.connect().then((client) => {
        note('third is served')
        client.release()
      })
      note('third waits')
      clients[0]?.release()
      await third
      note('second comes back')
      clients[1]?.release()
    },
  },
  'idle connections go after idleTimeoutMillis, but not below min': {
    // One goes: of two, the counts depend on whether the first has ended when the second goes.
    options: { max: 2, min: 1, idleTimeoutMillis: 30 },
    async run({ pool, note, until }) {
      const clients = await Promise.all([pool.connect(), pool.connect()])
      for (const client of clients) client.release()
      await until('remove')
      note('one has gone')
    },
  },
  'a connection is used maxUses times': {
    options: { max: 1, maxUses: 2 },
    async run({ pool, note, until }) {
      const pids: unknown[] = []
      for (let use = 1; use <= 5; use += 1) {
        const client = await pool.connect()
        pids.push(await pidOf(client))
        client.release()
        // Until its socket has ended, a rotating pool counts a connection, and pg.Pool does not.
        await until('remove', Math.floor(use / 2))
      }
      note(pids.map((pid) => pids.indexOf(pid)))
    },
  },
  'an idle connection goes after maxLifetimeSeconds': {
    options: { max: 1, maxLifetimeSeconds: 0.05 },
    async run({ pool, note, until }) {
      const client = await pool.connect()
      client.release()
      await until('remove')
      note('gone')
    },
  },
  'a connection in use goes after maxLifetimeSeconds when it comes back': {
    options: { max: 1, maxLifetimeSeconds: 0.03 },
    async run({ pool, note, until }) {
      const client = await pool.connect()
      await eventually(() => pool.expiredCount).toBe(1)
      note('expired')
      client.release()
      await until('remove')
    },
  },
  'whoever waits longer than connectionTimeoutMillis is told': {
    options: { max: 1, connectionTimeoutMillis: 1000 },
    async run({ pool, note }) {
      const client = await pool.connect()
      note(await pool.connect().catch(messageOf).then(firstPart))
      client.release()
      note((await pool.query('select 1')).rowCount)
    },
  },
  'whoever connects longer than connectionTimeoutMillis is told': {
    options: { max: 1, connectionTimeoutMillis: 1000 },
    async run({ pool, proxy, note }) {
      proxy.onAnswer = () => false
      note(await pool.connect().catch(messageOf))
      proxy.onAnswer = () => true
    },
  },
  'a connection that comes back with an error is closed': {
    options: { max: 2 },
    async run({ pool, note, until }) {
      const client = await pool.connect()
      client.release(new Error('broken'))
      await until('remove')
      note('after an error')
      const other = await pool.connect()
      other.release(true)
      await until('remove', 2)
    },
  },
  'coming back twice is an error': {
    options: {},
    async run({ pool, note }) {
      const client = await pool.connect()
      client.release()
      try {
        client.release()
      } catch (error) {
        note(messageOf(error))
      }
      await Promise.resolve()
    },
  },
  'queries, with a promise and with a callback': {
    options: {},
    async run({ pool, note }) {
      note((await pool.query('select $1::int as n', [1])).rows)
      note((await pool.query({ text: 'select 2 as n', rowMode: 'array' })).rows)
      note(
        await new Promise((resolve) => {
          pool.query('select 3 as n', (_error, { rows }) => {
            resolve(rows)
          })
        }),
      )
      const wrong = new Promise((resolve) => {
        pool.query(resolve as never)
      })
      note(messageOf(await wrong))
    },
  },
  'a statement that fails': {
    options: { max: 1 },
    async run({ pool, note, until }) {
      note(await pool.query('select nothing_of_that_name').catch(messageOf))
      await until('remove')
      note((await pool.query('select 1')).rowCount)
    },
  },
  'connect with a callback': {
    options: { max: 1 },
    async run({ pool, note }) {
      const told = await new Promise<unknown[]>((resolve) => {
        pool.connect((error, client, release) => {
          resolve([error, client instanceof pg.Client, typeof release])
          release()
        })
      })
      note(told)
    },
  },
  'an idle connection that is cut': {
    options: { max: 1 },
    async run({ pool, proxy, note, until }) {
      await pool.query('select 1')
      proxy.cutAll()
      await until('error')
      await until('remove')
      note('cut')
      note((await pool.query('select 1')).rowCount)
    },
  },
  'the hooks onConnect and verify': {
    options: {
      max: 2,
      onConnect: (client) => {
        void client.query(`set application_name = 'hooked'`)
      },
      verify: (_client, done) => {
        done()
      },
    },
    async run({ pool, note }) {
      note((await pool.query('show application_name')).rows)
    },
  },
  'a hook that refuses': {
    options: {
      max: 1,
      verify: (_client, done) => {
        done(new Error('not this one'))
      },
    },
    async run({ pool, note, until }) {
      note(await pool.connect().catch(messageOf))
      await until('remove')
    },
  },
  'the end': {
    options: { max: 2 },
    async run({ pool, note, until }) {
      const client = await pool.connect()
      await pool.query('select 1')
      const ended = pool.end().then(() => {
        note('ended')
      })
      note(await pool.connect().catch(messageOf))
      note(await pool.end().catch(messageOf))
      await until('remove')
      note((await client.query('select 1')).rowCount)
      client.release()
      await ended
      note([pool.ending, pool.ended])
    },
  },
}

describe.each(SERVERS)('on %s, as long as nothing rotates', (_, binDirectory) => {
  const fixture = useFixture(binDirectory)

  /** Runs a script and gives all that could be seen of the pool. */
  async function observe(pool: pg.Pool, proxy: Proxy, script: Script): Promise<unknown[]> {
    const seen: unknown[] = []
    const note = (fact: unknown) => {
      const { totalCount, idleCount, waitingCount, expiredCount } = pool
      seen.push([fact, { totalCount, idleCount, waitingCount, expiredCount }])
    }
    const counts = new Map<string, number>()
    for (const event of EVENTS) {
      pool.on(event as 'connect', () => {
        counts.set(event, (counts.get(event) ?? 0) + 1)
        note(event)
      })
    }
    await script.run({
      pool,
      proxy,
      fixture,
      note,
      until: async (event, times = 1) => {
        await eventually(() => counts.get(event) ?? 0).toBeGreaterThanOrEqual(times)
      },
    })
    if (!pool.ending) await pool.end()
    await eventually(() => pool.totalCount).toBe(0)
    return seen
  }

  it.each(Object.entries(scripts))('is seen as with pg.Pool: %s', async (__, script) => {
    await using proxy = await openProxy(fixture.server.port)
    const credentials = { ...fixture.live.current.value.expose(), port: proxy.port }
    fixture.live.update(stage(credentials))
    const { options } = script
    const expected = await observe(new pg.Pool({ ...credentials, ...options }), proxy, script)
    const seen = await observe(await fixture.open({ max: 10, ...options }), proxy, script)
    expect(seen).toEqual(expected)
    expect(seen.length).toBeGreaterThan(0)
  })

  it.each([
    ['pg.Pool', `new pg.Pool({ connectionString: url, allowExitOnIdle: true })`],
    [
      'a rotating pool',
      `await openRotatingPool({ credentials: createLiveSecret(staged), allowExitOnIdle: true })`,
    ],
  ])('allowExitOnIdle lets the process end with %s', async (__, pool) => {
    const script = `
      import pg from 'pg'
      import { createLiveSecret } from '@rekey/secret/internal'
import { Secret } from '@rekey/secret'
      import { openRotatingPool, parseDatabaseUrl } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)}
      const url = process.env.DATABASE_URL
      const value = Secret.of(parseDatabaseUrl(url), 'DATABASE')
      const current = { name: 'DATABASE', version: '1', stage: 'current', value, sensitive: [] }
      const staged = { name: 'DATABASE', revision: '1', current }
      const pool = ${pool}
      await pool.query('select 1')
      process.exitCode = 42`
    const child = spawn(
      process.execPath,
      ['--conditions=@rekey/source', '--import=tsx', '--input-type=module', '-e', script],
      {
        cwd: import.meta.dirname,
        env: {
          ...process.env,
          DATABASE_URL: formatDatabaseUrl(fixture.live.current.value.expose()),
        },
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    )
    expect(await once(child, 'exit')).toEqual([42, null])
  })
})
