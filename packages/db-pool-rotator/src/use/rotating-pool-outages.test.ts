// @lane servers
import { readFile } from 'node:fs/promises'
import { createFakeClock } from '@rekey/secret'
import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { openProxy, type Proxy } from '../../test/proxy.support.ts'
import {
  eventually,
  OWNER,
  recordEvents,
  SERVERS,
  sessionUser,
  stage,
  toldBy,
  useFixture,
} from '../../test/rotating.support.ts'

const CONNECTIONS = 20

describe.each(SERVERS)(
  'R11: on %s, a database that restarts in the middle of a switch',
  (_, bin) => {
    const fixture = useFixture(bin)

    it('before the proof is waited for, is no rejection, and the switch goes on', async () => {
      const pool = await fixture.open({ loginRetryMs: 0 })
      await sessionUser(pool)
      const next = await fixture.admit()
      const told = recordEvents(pool)
      const unreachable = toldBy(pool, 'unreachable')
      const drained = toldBy(pool, 'drained')
      await fixture.server.stop()
      fixture.live.update(stage(next))
      expect((await unreachable).error.code).toBe('unreachable')
      await expect(sessionUser(pool)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
      await fixture.server.start()
      await drained
      expect(await sessionUser(pool)).toBe(next.user)
      fixture.admin = await fixture.connectAdmin()
      expect(told).not.toContain('rejected')
      expect([fixture.asked, fixture.live.usage.report().failures]).toEqual([0, 0])
    })

    it('after it cuts what was held, and the pool goes on with the version it had adopted', async () => {
      const pool = await fixture.open()
      const client = await pool.connect()
      const next = await fixture.admit()
      const told = recordEvents(pool)
      const draining = toldBy(pool, 'draining')
      fixture.live.update(stage(next))
      await draining
      const lost = toldBy(pool, 'lost')
      const drained = toldBy(pool, 'drained')
      await fixture.server.restart()
      expect(await lost).toMatchObject({ reason: '57P01' })
      await expect(client.query('select 1')).rejects.toThrow()
      client.release()
      await drained
      expect(await sessionUser(pool)).toBe(next.user)
      fixture.admin = await fixture.connectAdmin()
      expect(told).not.toContain('rejected')
      expect([fixture.asked, fixture.live.usage.report().failures]).toEqual([0, 0])
    })
  },
)

describe.each(SERVERS)('R23: on %s, a database without a free connection', (_, bin) => {
  const fixture = useFixture(bin, { max_connections: CONNECTIONS })

  it('delays the switch and does not disturb the pool', async () => {
    const pool = await fixture.open({ max: 2 })
    const clients = await Promise.all([pool.connect(), pool.connect()])
    const next = await fixture.admit()
    const guests: pg.Client[] = []
    const isFull = async () => {
      const guest = await fixture.connectAdmin().catch(() => undefined)
      if (guest !== undefined) guests.push(guest)
      return guest === undefined
    }
    while (!(await isFull()));
    const unreachable = toldBy(pool, 'unreachable')
    fixture.live.update(stage(next))
    expect((await unreachable).error.details).toMatchObject({ reason: '53300' })
    for (const client of clients) {
      await client.query('select 1')
      client.release()
    }
    const answers = await Promise.all(Array.from({ length: 20 }, () => sessionUser(pool)))
    expect(answers).not.toContain(next.user)
    const drained = toldBy(pool, 'drained')
    for (const guest of guests) await guest.end()
    await drained
    expect(await sessionUser(pool)).toBe(next.user)
  })

  it('gives those who need another connection one that comes back', async () => {
    const clock = createFakeClock()
    const pool = await fixture.open({ max: 4, clock })
    await fixture.admin.query(`alter role ${fixture.login} connection limit 1`)
    const client = await pool.connect()
    const answers: (string | undefined)[] = []
    const waiting = Array.from({ length: 2 }, async () => answers.push(await sessionUser(pool)))
    client.release()
    await eventually(async () => {
      await clock.advance(1000)
      return answers
    }).toEqual([fixture.login, fixture.login])
    await Promise.all(waiting)
  })

  it('is told to those who wait, if none comes back', async () => {
    const pool = await fixture.open({ max: 4 })
    await fixture.admin.query(`alter role ${fixture.login} connection limit 1`)
    const client = await pool.connect()
    await expect(sessionUser(pool)).rejects.toMatchObject({ code: '53300' })
    client.release()
  })
})

describe.each(SERVERS)('R10: on %s, a connection that is cut when COMMIT was sent', (_, bin) => {
  const fixture = useFixture(bin, { log_statement: 'all' })

  const countInLog = async (statement: string) =>
    (await readFile(fixture.server.logPath, 'utf8')).split(statement).length - 1

  /** A pool whose connections are cut instead of being told that `tag` is done. */
  async function openBehindProxy(proxy: Proxy, tag: string) {
    await fixture.admin.query(
      `drop table if exists notes; create table notes (text text); alter table notes owner to ${OWNER}`,
    )
    proxy.onAnswer = (chunk, cut) => {
      if (!chunk.includes(tag)) return true
      cut()
      return false
    }
    fixture.live.update(stage({ ...fixture.live.current.value.expose(), port: proxy.port }))
    return fixture.open()
  }
  const countNotes = async () => (await fixture.admin.query('select from notes')).rowCount

  it('fails once for the caller, and the pool sends nothing again', async () => {
    await using proxy = await openProxy(fixture.server.port)
    const pool = await openBehindProxy(proxy, 'COMMIT')
    const client = await pool.connect()
    await client.query('begin')
    await client.query(`insert into notes values ('once')`)
    let failures = 0
    await client.query('commit /* mine */').catch(() => (failures += 1))
    client.release()
    expect([failures, await countNotes(), await countInLog('commit /* mine */')]).toEqual([1, 1, 1])
    expect(fixture.asked).toBe(0)
  })

  it('fails once for a single statement too', async () => {
    await using proxy = await openProxy(fixture.server.port)
    const pool = await openBehindProxy(proxy, 'INSERT')
    const insert = pool.query(`insert into notes values ('once') /* alone */`)
    await expect(insert).rejects.toThrow('Connection terminated')
    expect([await countNotes(), await countInLog('/* alone */')]).toEqual([1, 1])
    expect(await sessionUser(pool)).toBe(fixture.login)
  })
})

describe.each(SERVERS)('on %s, connections that an administrator ends', (_, bin) => {
  const fixture = useFixture(bin)

  it('are survived, idle or checked out, and no error tells a password', async () => {
    const pool = await fixture.open()
    const told = recordEvents(pool)
    const errors: Error[] = []
    pool.on('error', (error) => errors.push(error))
    const client = await pool.connect()
    await pool.query('select 1')
    await fixture.terminate()
    await eventually(() => told.filter((event) => event === 'lost')).toHaveLength(2)
    await expect(client.query('select 1')).rejects.toThrow()
    client.release()
    expect(await sessionUser(pool)).toBe(fixture.login)
    expect(errors).toHaveLength(1)
  })
})
