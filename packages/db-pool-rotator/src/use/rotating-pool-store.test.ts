// @lane servers
import { readFile } from 'node:fs/promises'
import { createFakeClock, SecretError } from '@rekey/secret'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { type DatabaseCredentials, formatDatabaseUrl, postgresLogin } from '../index.ts'
import {
  eventually,
  recordEvents,
  SERVERS,
  sessionUser,
  stage,
  toldBy,
  useFixture,
} from '../../test/rotating.support.ts'

describe.each(SERVERS)('R12: on %s, an answer of the store that is older', (_, binDirectory) => {
  const fixture = useFixture(binDirectory)

  /** A pool that has left one version for another. */
  async function openAndRotate() {
    const clock = createFakeClock()
    const pool = await fixture.open({ clock })
    await pool.query('select 1')
    const first = { user: fixture.login, staged: fixture.live.snapshot }
    await fixture.switchTo(pool, await fixture.admit())
    const second = { user: fixture.login, staged: fixture.live.snapshot }
    return { clock, pool, first, second, told: recordEvents(pool) }
  }

  it('than one that was adopted does not swap the pool back', async () => {
    const { clock, pool, first, second, told } = await openAndRotate()
    fixture.live.update(first.staged)
    await clock.advance(0)
    await clock.advance(4999)
    expect(await sessionUser(pool)).toBe(second.user)
    await pool.prove()
    fixture.live.update(second.staged)
    await clock.advance(60_000)
    expect(await sessionUser(pool)).toBe(second.user)
    expect(told).toEqual([])
  })

  it('is asked about once more before it is believed', async () => {
    const { clock, pool, first, second, told } = await openAndRotate()
    fixture.answer = () => second.staged
    fixture.live.update(first.staged)
    await clock.advance(0)
    await clock.advance(60_000)
    expect([fixture.asked, await sessionUser(pool), told]).toEqual([1, second.user, []])
  })

  it('is followed as a rollback when the store goes on saying so', async () => {
    const { clock, pool, first } = await openAndRotate()
    await pool.query('select 1')
    fixture.live.update(first.staged)
    const drained = toldBy(pool, 'drained')
    await clock.advance(0)
    await clock.advance(5000)
    await drained
    expect(await sessionUser(pool)).toBe(first.user)
  })

  it('is followed at once when the version in use is refused', async () => {
    const { pool, first, second } = await openAndRotate()
    fixture.live.update(first.staged)
    await fixture.drop(second.user)
    expect(await sessionUser(pool)).toBe(first.user)
  })
})

describe.each(SERVERS)('R13: on %s, a text that is torn', (_, binDirectory) => {
  const fixture = useFixture(binDirectory, { log_connections: 'on' })
  const spec = postgresLogin()
  const parse = (text: string) => spec.parse(text)

  /** How many logins the server has refused. */
  const refusals = async () =>
    (await readFile(fixture.server.logPath, 'utf8')).split('password authentication failed')
      .length - 1

  it('between two versions is refused by its proof, once, and never reaches the pool', async () => {
    const pool = await fixture.open()
    const old = fixture.live.current.value.expose()
    const next = await fixture.admit()
    const torn = formatDatabaseUrl(next).replace(next.password, old.password)
    const rejected = toldBy(pool, 'rejected')
    fixture.live.update(stage(parse(torn).value))
    expect((await rejected).error.code).toBe('rejected')
    const answers = await Promise.all(Array.from({ length: 50 }, () => sessionUser(pool)))
    expect(new Set(answers)).toEqual(new Set([old.user]))
    expect(await refusals()).toBe(1)

    await fixture.switchTo(pool, parse(formatDatabaseUrl(next)).value)
    expect(await sessionUser(pool)).toBe(next.user)
  })

  it('in its middle is not understood, or refused by its proof, wherever it is torn', async () => {
    const pool = await fixture.open({ clock: createFakeClock() })
    const old = fixture.login
    const text = formatDatabaseUrl(await fixture.admit())
    const understood: DatabaseCredentials[] = []
    for (let length = 0; length < text.length; length += 1) {
      try {
        understood.push(parse(text.slice(0, length)).value)
      } catch (error) {
        expect(error).toMatchObject({ code: 'malformed' })
      }
    }
    for (const credentials of understood) {
      const rejected = toldBy(pool, 'rejected')
      fixture.live.update(stage(credentials))
      expect((await rejected).error).toMatchObject({
        code: 'refused',
        details: { reason: '3D000' },
      })
      expect(await sessionUser(pool)).toBe(old)
    }
    expect(understood.length).toBeGreaterThan(0)
    expect(understood.length).toBeLessThan('postgres'.length)
  })
})

describe.each(SERVERS)('R14: on %s, a store that is down for an hour', (_, binDirectory) => {
  const fixture = useFixture(binDirectory)
  const down = () => {
    throw new SecretError('unreachable', 'The store does not answer')
  }

  it('leaves the pool on what it holds, with new connections too', async () => {
    const clock = createFakeClock()
    const pool = await fixture.open({ clock })
    const told = recordEvents(pool)
    fixture.answer = down
    await clock.advance(3_600_000)
    await fixture.terminate()
    await eventually(() => pool.totalCount).toBe(0)
    const answers = await Promise.all(Array.from({ length: 20 }, () => sessionUser(pool)))
    expect(new Set(answers)).toEqual(new Set([fixture.login]))
    await expect(pool.prove()).resolves.toBeUndefined()
    expect(new Set(told)).toEqual(new Set())
  })

  it('does not hide that the login is refused, and the pool recovers with the store', async () => {
    const pool = await fixture.open({ loginRetryMs: 0 })
    const old = fixture.login
    const next = await fixture.admit()
    await fixture.drop(old)
    fixture.answer = down
    const unreachable = toldBy(pool, 'unreachable')
    await expect(pool.query('select 1')).rejects.toMatchObject({ code: 'rejected' })
    expect((await unreachable).error.code).toBe('unreachable')
    fixture.answer = () => stage(next)
    expect(await sessionUser(pool)).toBe(next.user)
  })
})

describe.each(SERVERS)(
  'on %s, a login that is refused because the pool is behind',
  (_, binDirectory) => {
    const fixture = useFixture(binDirectory)

    it('makes the pool ask the store once, and every query succeeds', async () => {
      const pool = await fixture.open()
      const old = fixture.login
      const next = stage(await fixture.admit())
      fixture.answer = () => next
      await fixture.drop(old)
      const answers = await Promise.all(Array.from({ length: 40 }, () => sessionUser(pool)))
      expect(new Set(answers)).toEqual(new Set([fixture.login]))
      expect(fixture.asked).toBe(1)
      expect(fixture.live.usage.report().failures).toBeGreaterThan(0)
    })

    it('asks no second time for a refusal that arrives once the next login is in use', async () => {
      const held: Promise<void>[] = []
      class LateClient extends pg.Client {
        override connect(): Promise<pg.Client>
        override connect(callback: (error: Error) => void): void
        override connect(callback?: (error: Error) => void): Promise<pg.Client> | undefined {
          if (callback === undefined) return super.connect()
          const wait = held.shift()
          super.connect((error: Error) => {
            const done = () => {
              callback(error)
            }
            if (error instanceof Error && wait !== undefined) void wait.then(done)
            else done()
          })
          return undefined
        }
      }
      const pool = await fixture.open({ Client: LateClient })
      await fixture.terminate()
      await eventually(() => pool.totalCount).toBe(0)
      const old = fixture.login
      const next = stage(await fixture.admit())
      fixture.answer = () => next
      await fixture.drop(old)
      let letGo: () => void = () => undefined
      held.push(new Promise((resolve) => (letGo = resolve)))
      const late = sessionUser(pool)
      expect(await sessionUser(pool)).toBe(fixture.login)
      letGo()
      expect(await late).toBe(fixture.login)
      expect(fixture.asked).toBe(1)
    })

    it('is tried again while the store lags', async () => {
      const pool = await fixture.open()
      const old = fixture.login
      const next = stage(await fixture.admit())
      await fixture.drop(old)
      const answer = sessionUser(pool)
      await eventually(() => fixture.asked).toBe(1)
      fixture.live.update(next)
      expect(await answer).toBe(fixture.login)
    })

    it.each([
      ['the store is silent', true],
      ['the store has no other', false],
    ])(
      'fails all who wait when the pool ends, and names no fault for that: %s',
      async (__, silent) => {
        const pool = await fixture.open()
        await fixture.admit()
        await fixture.drop(fixture.live.current.value.expose().user)
        fixture.silent = silent
        const waiting = sessionUser(pool).catch((error: unknown) => error)
        await eventually(() => fixture.asked).toBe(1)
        const told = recordEvents(pool)
        const { failures } = fixture.live.usage.report()
        await pool.end()
        expect(await waiting).toMatchObject({
          code: 'disposed',
          message: 'The connections were ended before one logged in',
        })
        expect(told).toEqual([])
        expect(fixture.live.usage.report().failures).toBe(failures)
      },
    )

    it('fails all who wait once the budget is over, after few logins', async () => {
      const pool = await fixture.open({ loginRetryMs: 300 })
      await fixture.admit()
      await fixture.drop(fixture.live.current.value.expose().user)
      const outcomes = await Promise.allSettled(Array.from({ length: 60 }, () => sessionUser(pool)))
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'rejected' } })
      }
      expect(fixture.asked).toBe(1)
      expect(fixture.live.usage.report().failures).toBeLessThanOrEqual(8)
    })
  },
)

describe.each(SERVERS)('on %s, two pools on one secret', (_, binDirectory) => {
  const fixture = useFixture(binDirectory)

  it('report what they hold under their own names', async () => {
    const reads = await fixture.open({ consumer: 'reads' })
    const writes = await fixture.open({ consumer: 'writes' })
    const client = await writes.connect()
    const before = fixture.live.current.version
    const drained = Promise.all([toldBy(reads, 'drained'), toldBy(writes, 'draining')])
    fixture.live.update(stage(await fixture.admit()))
    await drained
    expect(fixture.live.usage.report().holding).toEqual({
      reads: [fixture.live.current.version],
      writes: [fixture.live.current.version, before],
    })
    client.release()
  })
})
