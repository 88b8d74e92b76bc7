import { once } from 'node:events'
import { createFakeClock } from '@rekey/secret'
import Cursor from 'pg-cursor'
import { describe, expect, it } from 'vitest'
import {
  OWNER,
  recordEvents,
  SERVERS,
  sessionUser,
  stage,
  toldBy,
  useFixture,
} from '../../test/rotating.support.ts'

const HOUR_MS = 3_600_000

describe.each(SERVERS)('on %s, what is held for long', (_, binDirectory) => {
  const fixture = useFixture(binDirectory)

  it('R18: a transaction of two hours is told of as draining, never cut, and can commit', async () => {
    const clock = createFakeClock()
    const pool = await fixture.open({ clock, prewarm: 1, retire: { slice: 1, everyMs: 100 } })
    await fixture.admin.query(`create table notes (text text); alter table notes owner to ${OWNER}`)
    const old = { user: fixture.login, version: fixture.live.current.version }
    const client = await pool.connect()
    await client.query('begin')
    await client.query(`insert into notes values ('early')`)
    const told = recordEvents(pool)
    const draining = toldBy(pool, 'draining')
    fixture.live.update(stage(await fixture.admit()))
    expect(await draining).toEqual({ version: old.version, left: 1 })
    await clock.advance(2 * HOUR_MS)

    expect(await sessionUser(pool)).toBe(fixture.login)
    expect(fixture.live.usage.report().holding['pool']).toContain(old.version)
    await client.query(`insert into notes values ('late')`)
    await client.query('commit')
    expect(await fixture.sessions(old.user)).toBe(1)
    expect(told).not.toContain('drained')
    const drained = toldBy(pool, 'drained')
    client.release()
    expect(await drained).toEqual({ version: old.version })
    expect(await fixture.sessions(old.user)).toBe(0)
    const { rows } = await fixture.admin.query('select text from notes')
    await fixture.admin.query('drop table notes')
    expect(rows).toEqual([{ text: 'early' }, { text: 'late' }])
  })

  it('a cursor is read to its end as the login that opened it', async () => {
    const pool = await fixture.open()
    const old = fixture.login
    const client = await pool.connect()
    const cursor = client.query(
      new Cursor<{ name: string; n: number }>(
        'select session_user as name, n from generate_series(1, 1000) as n',
      ),
    )
    const rows = await cursor.read(10)
    const draining = toldBy(pool, 'draining')
    fixture.live.update(stage(await fixture.admit()))
    await draining
    for (let next = rows; next.length > 0; rows.push(...next)) next = await cursor.read(100)
    await cursor.close()
    const drained = toldBy(pool, 'drained')
    client.release()
    await drained
    expect(rows.map(({ n }) => n)).toEqual(Array.from({ length: 1000 }, (__, index) => index + 1))
    expect(new Set(rows.map(({ name }) => name))).toEqual(new Set([old]))
    expect(await sessionUser(pool)).toBe(fixture.login)
  })

  it('a LISTEN of the application is left alone, and others are served meanwhile', async () => {
    const pool = await fixture.open()
    const old = fixture.login
    const client = await pool.connect()
    await client.query('listen news')
    const heard = once(client, 'notification')
    const told = recordEvents(pool)
    const draining = toldBy(pool, 'draining')
    fixture.live.update(stage(await fixture.admit()))
    await draining
    expect([pool.isCurrent(client), await sessionUser(pool)]).toEqual([false, fixture.login])
    await pool.query(`notify news, 'still here'`)
    expect(await heard).toMatchObject([{ payload: 'still here' }])
    expect(told).not.toContain('drained')

    const drained = toldBy(pool, 'drained')
    client.release()
    await drained
    expect(await fixture.sessions(old)).toBe(0)
  })
})
