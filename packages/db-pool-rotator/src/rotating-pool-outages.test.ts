import { readFile } from 'node:fs/promises'
import { createFakeClock } from '@rekey/secret'
import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { openProxy, type Proxy } from './proxy.test.support.ts'
import {
  eventually,
  OWNER,
  recordEvents,
  SERVERS,
  sessionUser,
  stage,
  toldBy,
  useScene,
} from './rotating.test.support.ts'

const CONNECTIONS = 20

describe.each(SERVERS)(
  'R11: on %s, a database that restarts in the middle of a switch',
  (_, bin) => {
    const scene = useScene(bin)

    it('before the proof is waited for, is no rejection, and the switch goes on', async () => {
      const pool = await scene.open({ loginRetryMs: 0 })
      await sessionUser(pool)
      const next = await scene.admit()
      const told = recordEvents(pool)
      const unreachable = toldBy(pool, 'unreachable')
      const drained = toldBy(pool, 'drained')
      await scene.server.stop()
      scene.live.update(stage(next))
      expect((await unreachable).error.code).toBe('unreachable')
      await expect(sessionUser(pool)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
      await scene.server.start()
      await drained
      expect(await sessionUser(pool)).toBe(next.user)
      scene.admin = await scene.connectAdmin()
      expect(told).not.toContain('rejected')
      expect([scene.asked, scene.live.usage.report().failures]).toEqual([0, 0])
    })

    it('after it cuts what was held, and the pool goes on with the version it had adopted', async () => {
      const pool = await scene.open()
      const client = await pool.connect()
      const next = await scene.admit()
      const told = recordEvents(pool)
      const draining = toldBy(pool, 'draining')
      scene.live.update(stage(next))
      await draining
      const lost = toldBy(pool, 'lost')
      const drained = toldBy(pool, 'drained')
      await scene.server.restart()
      expect(await lost).toMatchObject({ reason: '57P01' })
      await expect(client.query('select 1')).rejects.toThrow()
      client.release()
      await drained
      expect(await sessionUser(pool)).toBe(next.user)
      scene.admin = await scene.connectAdmin()
      expect(told).not.toContain('rejected')
      expect([scene.asked, scene.live.usage.report().failures]).toEqual([0, 0])
    })
  },
)

describe.each(SERVERS)('R23: on %s, a database without a free connection', (_, bin) => {
  const scene = useScene(bin, { max_connections: CONNECTIONS })

  it('delays the switch and does not disturb the pool', async () => {
    const pool = await scene.open({ max: 2 })
    const clients = await Promise.all([pool.connect(), pool.connect()])
    const next = await scene.admit()
    const guests: pg.Client[] = []
    const isFull = async () => {
      const guest = await scene.connectAdmin().catch(() => undefined)
      if (guest !== undefined) guests.push(guest)
      return guest === undefined
    }
    while (!(await isFull()));
    const unreachable = toldBy(pool, 'unreachable')
    scene.live.update(stage(next))
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
    const pool = await scene.open({ max: 4, clock })
    await scene.admin.query(`alter role ${scene.login} connection limit 1`)
    const client = await pool.connect()
    const answers: (string | undefined)[] = []
    const waiting = Array.from({ length: 2 }, async () => answers.push(await sessionUser(pool)))
    client.release()
    await eventually(async () => {
      await clock.advance(1000)
      return answers
    }).toEqual([scene.login, scene.login])
    await Promise.all(waiting)
  })

  it('is told to those who wait, if none comes back', async () => {
    const pool = await scene.open({ max: 4 })
    await scene.admin.query(`alter role ${scene.login} connection limit 1`)
    const client = await pool.connect()
    await expect(sessionUser(pool)).rejects.toMatchObject({ code: '53300' })
    client.release()
  })
})

describe.each(SERVERS)('R10: on %s, a connection that is cut when COMMIT was sent', (_, bin) => {
  const scene = useScene(bin, { log_statement: 'all' })

  const countInLog = async (statement: string) =>
    (await readFile(scene.server.logPath, 'utf8')).split(statement).length - 1

  /** A pool whose connections are cut instead of being told that `tag` is done. */
  async function openBehindProxy(proxy: Proxy, tag: string) {
    await scene.admin.query(
      `drop table if exists notes; create table notes (text text); alter table notes owner to ${OWNER}`,
    )
    proxy.onAnswer = (chunk, cut) => {
      if (!chunk.includes(tag)) return true
      cut()
      return false
    }
    scene.live.update(stage({ ...scene.live.current.value.expose(), port: proxy.port }))
    return scene.open()
  }
  const countNotes = async () => (await scene.admin.query('select from notes')).rowCount

  it('fails once for the caller, and the pool sends nothing again', async () => {
    await using proxy = await openProxy(scene.server.port)
    const pool = await openBehindProxy(proxy, 'COMMIT')
    const client = await pool.connect()
    await client.query('begin')
    await client.query(`insert into notes values ('once')`)
    let failures = 0
    await client.query('commit /* mine */').catch(() => (failures += 1))
    client.release()
    expect([failures, await countNotes(), await countInLog('commit /* mine */')]).toEqual([1, 1, 1])
    expect(scene.asked).toBe(0)
  })

  it('fails once for a single statement too', async () => {
    await using proxy = await openProxy(scene.server.port)
    const pool = await openBehindProxy(proxy, 'INSERT')
    const insert = pool.query(`insert into notes values ('once') /* alone */`)
    await expect(insert).rejects.toThrow('Connection terminated')
    expect([await countNotes(), await countInLog('/* alone */')]).toEqual([1, 1])
    expect(await sessionUser(pool)).toBe(scene.login)
  })
})

describe.each(SERVERS)('on %s, connections that an administrator ends', (_, bin) => {
  const scene = useScene(bin)

  it('are survived, idle or checked out, and no error tells a password', async () => {
    const pool = await scene.open()
    const told = recordEvents(pool)
    const errors: Error[] = []
    pool.on('error', (error) => errors.push(error))
    const client = await pool.connect()
    await pool.query('select 1')
    await scene.terminate()
    await eventually(() => told.filter((event) => event === 'lost')).toHaveLength(2)
    await expect(client.query('select 1')).rejects.toThrow()
    client.release()
    expect(await sessionUser(pool)).toBe(scene.login)
    expect(errors).toHaveLength(1)
  })
})
