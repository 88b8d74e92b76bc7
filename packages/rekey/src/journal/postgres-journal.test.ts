import type { EventEmitter } from 'node:events'
import { SecretError } from '@rekey/secret'
import { findPostgresServers, openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openPostgresJournal, type RotationJournal } from '../engine/index.ts'

describe.each(await findPostgresServers())('on %s', (_, binDirectory) => {
  let server: Awaited<ReturnType<typeof openPostgres>>
  let pool: pg.Pool
  let journal: RotationJournal
  let secret: string
  let count = 0

  beforeAll(async () => {
    server = await openPostgres(binDirectory === undefined ? {} : { binDirectory })
    pool = new pg.Pool({ connectionString: server.adminUrl.expose() })
    // pg.Pool's end() does not wait for its connections, so the server may still cut them.
    pool.on('error', () => undefined)
  })
  afterAll(async () => {
    await pool.end()
    await server.close()
  })
  beforeEach(async () => {
    journal = await openPostgresJournal(pool)
    count += 1
    secret = `SECRET_${count}`
  })

  const event = (step: 'admit' | 'prove') => ({ secret, step, phase: 'begin' }) as const

  it('gives a secret to one rotator, and tells the other who has it', async () => {
    await journal.claim(secret, 'one', 60_000)
    const refused = { code: 'busy', message: expect.stringContaining('one') as string }
    await expect(journal.claim(secret, 'two', 60_000)).rejects.toMatchObject(refused)
  })

  it('R7 two rotators start together: exactly one of fifty gets the claim', async () => {
    const claims = Array.from({ length: 50 }, (_, n) => journal.claim(secret, `r${n}`, 60_000))
    const results = await Promise.allSettled(claims)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('gives a released secret to the next one, with the next epoch', async () => {
    const first = await journal.claim(secret, 'one', 60_000)
    await first.release()
    expect((await journal.claim(secret, 'two', 60_000)).epoch).toBe(first.epoch + 1)
  })

  it('R8 a rotator that was paused past its lease can write nothing more', async () => {
    const paused = await journal.claim(secret, 'paused', 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    const other = await journal.claim(secret, 'other', 60_000)
    await expect(paused.record(event('prove'))).rejects.toMatchObject({ code: 'fenced' })
    await expect(paused.renew()).rejects.toMatchObject({ code: 'fenced' })
    await paused.release()
    await other.record(event('admit'))
    const entries = await journal.entries()
    expect(entries.find((entry) => entry.secret === secret)).toMatchObject({
      holder: 'other',
      step: 'admit',
    })
  })

  it('keeps the message of an event, and the intent of the claim where an event comes without one', async () => {
    const intent = { mode: 'forward', from: { version: 'v1' } } as const
    const claim = await journal.claim(secret, 'one', 60_000)
    await claim.record({ ...event('admit'), message: 'late' }, intent)
    await claim.record(event('prove'))
    const kept = 'select step, message from rekey.rotation_event where secret = $1 order by id'
    expect((await pool.query(kept, [secret])).rows).toEqual([
      { step: 'admit', message: 'late' },
      { step: 'prove', message: null },
    ])
    const entries = await journal.entries([secret])
    expect(entries).toMatchObject([{ intent, step: 'prove' }])
  })

  it('keeps the events of 400 days, and removes older ones of the secret at the end of a claim', async () => {
    const claim = await journal.claim(secret, 'one', 60_000)
    for (const step of ['admit', 'prove'] as const) await claim.record(event(step))
    await pool.query(
      `update rekey.rotation_event set at = at - interval '401 days' where secret = $1 and step = 'admit'`,
      [secret],
    )
    await claim.release()
    const kept = 'select step from rekey.rotation_event where secret = $1'
    expect((await pool.query(kept, [secret])).rows).toEqual([{ step: 'prove' }])
  })

  it('R9 a rotator whose connection was cut keeps nobody out longer than its lease', async () => {
    const lost = new pg.Pool({ connectionString: server.adminUrl.expose(), max: 1 })
    lost.on('error', () => undefined)
    const other = await openPostgresJournal(lost)
    await other.claim(secret, 'lost', 50)
    const client = await lost.connect()
    client.on('error', () => undefined)
    ;(client as unknown as pg.Client).connection.stream.destroy()
    client.release(true)
    await lost.end()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect((await journal.claim(secret, 'next', 60_000)).epoch).toBe(2)
  })

  it('R9 a rotator that falls silent within a transaction is cut off when its lease ends', async () => {
    const silent = await journal.claim(secret, 'silent', 1_500)
    const asked = withResolvers()
    const never = silent.transaction?.(async (client) => {
      await client.query('create table never_made ()')
      asked.resolve()
      await new Promise((resolve) => (client as unknown as EventEmitter).once('end', resolve))
      await client.query('select 1')
    })
    const cutOff = expect(never).rejects.toThrow()
    await asked.promise
    await expect(journal.claim(secret, 'early', 60_000)).rejects.toMatchObject({ code: 'busy' })
    await cutOff
    expect((await journal.claim(secret, 'next', 60_000)).epoch).toBe(2)
    const { rows } = await pool.query("select 1 from pg_class where relname = 'never_made'")
    expect(rows).toEqual([])
  })

  it('R8 a rotator whose claim was taken over changes no role: its transaction is refused and rolled back', async () => {
    const paused = await journal.claim(secret, 'paused', 2_000)
    await pool.query('update rekey.rotation set leased_until = now() where secret = $1', [secret])
    await journal.claim(secret, 'other', 60_000)
    const late = paused.transaction?.((client) => client.query('create role never_made'))
    await expect(late).rejects.toMatchObject({ code: 'fenced' })
    const { rows } = await pool.query("select 1 from pg_roles where rolname = 'never_made'")
    expect(rows).toEqual([])
  })

  it('R53 an emergency that comes while a live rotator is in a transaction takes over once that has ended, and its next one is refused', async () => {
    const live = await journal.claim(secret, 'live', 60_000)
    const [begun, ended] = [withResolvers(), withResolvers()]
    const first = live.transaction?.(async (client) => {
      await client.query('select 1')
      begun.resolve()
      await ended.promise
    })
    await begun.promise
    // It needs no more locks than its own row.
    const other = await openPostgresJournal(pool)
    const claiming = other.claim(secret, 'urgent', 60_000, { isEmergency: true })
    await vi.waitFor(async () => {
      const { rowCount } = await pool.query('select from pg_locks where not granted')
      expect(rowCount).toBe(1)
    })
    ended.resolve()
    await first
    expect((await claiming).takenFrom).toEqual({ holder: 'live', epoch: 1 })
    const late = live.transaction?.((client) => client.query('create role never_made'))
    await expect(late).rejects.toMatchObject({
      code: 'fenced',
      details: { emergency: 'urgent' },
    })
  })

  it('R53 takes over in a journal whose table is of an older release, also from a rotator of that release', async () => {
    await pool.query('alter table rekey.rotation drop column emergency')
    await pool.query(
      `insert into rekey.rotation (secret, epoch, holder, leased_until) values ($1, 7, 'old', now() + interval '1 h')`,
      [secret],
    )
    const opened = await openPostgresJournal(pool)
    const claim = await opened.claim(secret, 'urgent', 60_000, { isEmergency: true })
    expect(claim).toMatchObject({ epoch: 8, takenFrom: { holder: 'old', epoch: 7 } })
  })

  it('R2 what was done in a transaction that failed is rolled back, and the claim goes on', async () => {
    const claim = await journal.claim(secret, 'one', 60_000)
    const failing = claim.transaction?.(async (client) => {
      await client.query('create role never_made')
      throw new SecretError('refused', 'no')
    })
    await expect(failing).rejects.toMatchObject({ code: 'refused' })
    await claim.transaction?.((client) => client.query('create role made'))
    const { rows } = await pool.query("select rolname from pg_roles where rolname like '%made'")
    expect(rows).toEqual([{ rolname: 'made' }])
    await pool.query('drop role made')
  })

  it('remembers where a rotation goes, for whoever claims next', async () => {
    const intent = { mode: 'forward', from: { version: 'v1', id: 'k1' }, request: 'r' } as const
    const claim = await journal.claim(secret, 'one', 60_000)
    expect(claim.intent).toBeUndefined()
    await claim.setIntent(intent)
    await claim.record(event('admit'))
    await claim.release()
    expect((await journal.claim(secret, 'two', 60_000)).intent).toEqual(intent)
    expect(await journal.entries()).toContainEqual(expect.objectContaining({ secret, intent }))
  })

  it('says that the journal does not answer while its database is down, and works when it is back', async () => {
    const claim = await journal.claim(secret, 'one', 60_000)
    await server.stop()
    onTestFinished(() => server.start())
    await expect(claim.record(event('admit'))).rejects.toMatchObject({ code: 'unreachable' })
    await server.start()
    await claim.record(event('admit'))
  })

  it('has another mark after each step of any rotation, and the same one while none goes on', async () => {
    const marks = [await journal.mark?.()]
    const claim = await journal.claim(secret, 'one', 10_000)
    for (const step of ['admit', 'prove'] as const) {
      await claim.record(event(step))
      marks.push(await journal.mark?.())
    }
    expect(new Set(marks).size).toBe(3)
    await claim.renew()
    expect(await journal.mark?.()).toBe(marks.at(-1))
  })

  it('can be opened by many at once', async () => {
    await pool.query('drop schema rekey cascade')
    await Promise.all(Array.from({ length: 10 }, () => openPostgresJournal(pool)))
  })
})

function withResolvers() {
  let resolve = (): void => undefined
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}
