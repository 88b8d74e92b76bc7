// @lane servers
import { setTimeout as delay } from 'node:timers/promises'
import { createFakeClock, systemClock } from '@rekey/secret'
import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { RotatingPool } from './rotating-pool.ts'
import {
  eventually,
  recordEvents,
  type Fixture,
  SERVERS,
  sessionUser,
  stage,
  toldBy,
  useFixture,
} from '../../test/rotating.support.ts'

const MAX = 6

/** Fills the pool with idle connections. */
async function fill(pool: pg.Pool, count = MAX): Promise<void> {
  const clients = await Promise.all(Array.from({ length: count }, () => pool.connect()))
  for (const client of clients) client.release()
}

/** Watches how many backends the logins of the owner have, from the side of the server, until told to stop. */
async function watchPeak(fixture: Fixture, isOver: () => boolean): Promise<number> {
  const monitor = await fixture.connectAdmin()
  let peak = 0
  while (!isOver()) {
    const { rows } = await monitor.query<{ count: number }>(
      `select count(*)::int from pg_stat_activity where usename like 'app\\_g%'`,
    )
    peak = Math.max(peak, rows[0]?.count ?? 0)
    await delay(2)
  }
  await monitor.end()
  return peak
}

describe.each(SERVERS)('on %s, a pool without a pace of its own', (_, binDirectory) => {
  const fixture = useFixture(binDirectory)

  it('closes idle connections at once, and has a successor for one in use before that one goes', async () => {
    const pool = await fixture.open({ max: MAX })
    const old = fixture.login
    await fill(pool)
    const clients = await Promise.all([pool.connect(), pool.connect()])
    const draining = toldBy(pool, 'draining')
    fixture.live.update(stage(await fixture.admit()))
    await draining
    await eventually(() => fixture.sessions(old)).toBe(2)
    await eventually(() => pool.idleCount).toBeGreaterThan(0)
    const drained = toldBy(pool, 'drained')
    for (const client of clients) client.release()
    await drained
    expect(await fixture.sessions()).toBeGreaterThan(0)
  })

  it('takes over the connection that proved the login, so one login is enough for one connection', async () => {
    const pool = await fixture.open({ max: 1 })
    const next = await fixture.admit()
    await fixture.admin.query(`alter role ${next.user} connection limit 1`)
    const client = await pool.connect()
    const told = recordEvents(pool)
    const draining = toldBy(pool, 'draining')
    fixture.live.update(stage(next))
    await draining
    expect(await fixture.sessions()).toBe(1)
    const drained = toldBy(pool, 'drained')
    client.release()
    await drained
    expect(await sessionUser(pool)).toBe(next.user)
    expect(await fixture.sessions()).toBe(1)
    expect(told).not.toContain('unreachable')
  })

  it('spreads the logins of the successors evenly over a second', async () => {
    const clock = createFakeClock()
    const pool = await fixture.open({ max: MAX, clock, idleTimeoutMillis: 0 })
    const clients = await Promise.all(Array.from({ length: 4 }, () => pool.connect()))
    const old = fixture.login
    const draining = toldBy(pool, 'draining')
    fixture.live.update(stage(await fixture.admit()))
    await draining
    for (const client of clients) client.release()
    await eventually(() => fixture.sessions(old)).toBe(3)
    for (const left of [2, 1]) {
      await clock.advance(249)
      // Long enough for a login that comes too early.
      await pool.query('select pg_sleep(0.2)')
      expect([await fixture.sessions(), await fixture.sessions(old)]).toEqual([3 - left, left + 1])
      await clock.advance(1)
      await eventually(() => fixture.sessions(old)).toBe(left)
      expect(await fixture.sessions()).toBe(4 - left)
    }
    const drained = toldBy(pool, 'drained')
    await clock.advance(250)
    await drained
    expect([await fixture.sessions(), pool.totalCount]).toEqual([4, 4])
  })

  it('takes back nothing of a version that was replaced a second ago, also if there was another change since', async () => {
    const clock = createFakeClock()
    const pool = await fixture.open({ max: MAX, clock, idleTimeoutMillis: 0 })
    const first = fixture.login
    const clients = await Promise.all(Array.from({ length: 4 }, () => pool.connect()))
    for (const waitMs of [900, 100]) {
      const rotating = toldBy(pool, 'rotating')
      fixture.live.update(stage(await fixture.admit()))
      await rotating
      await eventually(() => sessionUser(pool)).toBe(fixture.login)
      await clock.advance(waitMs)
    }
    for (const client of clients) client.release()
    await eventually(() => fixture.sessions(first)).toBe(0)
  })

  it('lets all go at once when one by one takes longer than a second', async () => {
    // Each login takes a thousand times as long by this clock.
    const clock = { ...systemClock, elapsed: () => systemClock.elapsed() * 1_000 }
    const pool = await fixture.open({ max: MAX, clock })
    const clients = await Promise.all(Array.from({ length: MAX }, () => pool.connect()))
    const draining = toldBy(pool, 'draining')
    fixture.live.update(stage(await fixture.admit()))
    await draining
    const drained = toldBy(pool, 'drained')
    for (const client of clients) client.release()
    await drained
    expect(await sessionUser(pool)).toBe(fixture.login)
  }, 5_000)

  it('replaces also what is still in use of a version before the last one', async () => {
    const pool = await fixture.open({ max: MAX })
    const drained: string[] = []
    pool.on('drained', ({ version }) => drained.push(version))
    const versions = [fixture.live.current.version]
    const clients = await Promise.all([pool.connect(), pool.connect()])
    for (let change = 0; change < 2; change += 1) {
      const draining = toldBy(pool, 'draining')
      fixture.live.update(stage(await fixture.admit()))
      versions.push(fixture.live.current.version)
      await draining
    }
    for (const client of clients) client.release()
    await eventually(() => [...drained].sort()).toEqual(versions.slice(0, 2).sort())
    expect(await sessionUser(pool)).toBe(fixture.login)
  })
})

describe.each(SERVERS)('on %s, a pool that retires in slices', (_, binDirectory) => {
  const fixture = useFixture(binDirectory)

  it('closes idle connections a few at a time, and the rest serve on', async () => {
    const clock = createFakeClock()
    const pool = await fixture.open({ max: MAX, clock, retire: { slice: 2, everyMs: 1000 } })
    await fill(pool)
    const [old, next] = [fixture.login, await fixture.admit()]
    const left: number[] = []
    pool.on('draining', (told) => left.push(told.left))
    const drained = toldBy(pool, 'drained')
    const draining = toldBy(pool, 'draining')
    fixture.live.update(stage(next))
    await draining
    await eventually(() => fixture.sessions(old)).toBe(4)
    await clock.advance(999)
    expect([await fixture.sessions(old), pool.idleCount]).toEqual([4, 4])
    await clock.advance(1)
    await eventually(() => fixture.sessions(old)).toBe(2)
    await clock.advance(1000)
    await drained
    expect(left).toEqual([6, 5, 4, 3, 2, 1])
    expect(await sessionUser(pool)).toBe(next.user)
  })

  it('closes no more of those that come back than its pace allows', async () => {
    const clock = createFakeClock()
    const pool = await fixture.open({ max: MAX, clock, retire: { slice: 2, everyMs: 1000 } })
    const old = fixture.login
    const clients = await Promise.all(Array.from({ length: MAX }, () => pool.connect()))
    const draining = toldBy(pool, 'draining')
    fixture.live.update(stage(await fixture.admit()))
    await draining
    for (const client of clients) client.release()
    await eventually(() => fixture.sessions(old)).toBe(4)
    expect(pool.idleCount).toBe(4)
    const drained = toldBy(pool, 'drained')
    await clock.advance(2000)
    await drained
  })

  it('lets nothing of an older version wait for a slice once it is replaced again', async () => {
    const clock = createFakeClock()
    const retire = { slice: 1, everyMs: 1000 }
    const pool = await fixture.open({ max: MAX, clock, retire, idleTimeoutMillis: 0 })
    await fill(pool)
    const first = fixture.login
    let draining = toldBy(pool, 'draining')
    fixture.live.update(stage(await fixture.admit()))
    await draining
    await fill(pool)
    const second = fixture.login
    draining = toldBy(pool, 'draining')
    fixture.live.update(stage(await fixture.admit()))
    await draining
    await eventually(() => fixture.sessions(first)).toBe(0)
    expect(await fixture.sessions(second)).toBeLessThanOrEqual(1)
  })

  it('ends at once when it is closed in the middle', async () => {
    const pool = await fixture.open({
      max: MAX,
      retire: { slice: 1, everyMs: 3_600_000 },
      prewarm: 2,
    })
    await fill(pool)
    const draining = toldBy(pool, 'draining')
    fixture.live.update(stage(await fixture.admit()))
    await draining
    await pool.end()
    expect(fixture.live.usage.report().holding['pool']).toEqual([])
    for (const login of await fixture.logins()) expect(await fixture.sessions(login)).toBe(0)
  })
})

describe.each(SERVERS)('on %s, a pool that warms up', (_, binDirectory) => {
  const fixture = useFixture(binDirectory, { log_connections: 'on' })

  it('has as many new connections as asked for before the last old one goes, one beyond its maximum', async () => {
    const clock = createFakeClock()
    const pool = await fixture.open({
      max: MAX,
      clock,
      prewarm: 4,
      retire: { slice: 1, everyMs: 1e6 },
    })
    await fill(pool)
    const old = fixture.login
    let isOver = false
    const peak = watchPeak(fixture, () => isOver)
    fixture.live.update(stage(await fixture.admit()))
    await eventually(() => fixture.sessions()).toBe(4)
    await eventually(() => fixture.sessions(old)).toBe(1)
    isOver = true
    expect(await peak).toBeLessThanOrEqual(MAX + 1)
    expect([pool.totalCount, pool.idleCount]).toEqual([5, 5])
  })

  it('replaces all of a busy pool, and no query fails', async () => {
    const pool = await fixture.open({ max: MAX, prewarm: MAX })
    let isOver = false
    const peak = watchPeak(fixture, () => isOver)
    const workers = Array.from({ length: 20 }, async () => {
      while (!isOver) await pool.query('select pg_sleep(0.002)')
    })
    for (let rotation = 0; rotation < 6; rotation += 1) {
      const old = fixture.login
      await fixture.switchTo(pool, await fixture.admit())
      await fixture.drop(old)
    }
    isOver = true
    await Promise.all(workers)
    expect(await peak).toBeLessThanOrEqual(MAX + 1)
    expect(pool.totalCount).toBeLessThanOrEqual(MAX)
  })

  it('does not wait for connections that are held, and proves the next version with none to spare', async () => {
    const clock = createFakeClock()
    const pool = await fixture.open({ max: 2, prewarm: 2, clock })
    const clients = await Promise.all([pool.connect(), pool.connect()])
    const told = recordEvents(pool)
    // Room for the administrator, the two that are held, and one more; whoever is too many would be refused.
    await fixture.admin.query('alter database postgres connection limit 4')
    const draining = toldBy(pool, 'draining')
    fixture.live.update(stage(await fixture.admit()))
    await draining
    await eventually(() => fixture.sessions()).toBe(1)
    await clock.advance(1000)
    await fixture.switchTo(pool, await fixture.admit())
    await eventually(() => fixture.sessions()).toBe(1)
    expect(told).not.toContain('unreachable')
    await fixture.admin.query('alter database postgres connection limit -1')
    const drained = toldBy(pool, 'drained')
    for (const client of clients) client.release()
    await drained
    expect(await sessionUser(pool)).toBe(fixture.login)
  })

  it('goes on without, if the server has no connection to spare', async () => {
    const pool = await fixture.open({ max: 2, prewarm: 2 })
    await fill(pool, 2)
    const next = await fixture.admit()
    await fixture.admin.query(`alter role ${next.user} connection limit 1`)
    const unreachable = toldBy(pool, 'unreachable')
    const clients = await Promise.all([pool.connect(), pool.connect()])
    fixture.live.update(stage(next))
    await toldBy(pool, 'draining')
    await eventually(() => fixture.sessions()).toBe(1)
    clients[0].release()
    expect((await unreachable).error.details).toMatchObject({ reason: '53300' })
    const drained = toldBy(pool, 'drained')
    clients[1].release()
    await drained
    expect(await sessionUser(pool)).toBe(next.user)
  })

  it('forgets a connection that is cut while it waits for a seat', async () => {
    const pool = await fixture.open({ max: 2, prewarm: 1 })
    const clients = await Promise.all([pool.connect(), pool.connect()])
    const draining = toldBy(pool, 'draining')
    fixture.live.update(stage(await fixture.admit()))
    await draining
    await eventually(() => fixture.sessions()).toBe(1)
    const lost = toldBy(pool, 'lost')
    await fixture.terminate()
    expect(await lost).toMatchObject({ reason: '57P01' })
    const drained = toldBy(pool, 'drained')
    for (const client of clients) client.release()
    await drained
    expect(await sessionUser(pool)).toBe(fixture.login)
  })
})

describe('a pace', () => {
  it.each([{ prewarm: -1 }, { prewarm: NaN }, { retire: { slice: 0, everyMs: 10 } }])(
    'that cannot be meant is refused: %j',
    (options) => {
      const credentials = {} as ConstructorParameters<typeof RotatingPool>[0]['credentials']
      expect(() => new RotatingPool({ credentials, ...options })).toThrow(
        expect.objectContaining({ code: 'malformed' }),
      )
    },
  )
})
