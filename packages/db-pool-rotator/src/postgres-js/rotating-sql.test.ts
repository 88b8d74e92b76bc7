import { randomUUID } from 'node:crypto'
import { rotate } from '@rekey/rekey/engine'
import { SecretError } from '@rekey/secret'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openServer, SERVERS } from '../../test/rotate/database-kind.support.ts'
import { eventually, OWNER, stage, useFixture, wrong } from '../../test/rotating.support.ts'
import { openRotatingSql, type RotatingSql } from './index.ts'

const MAX = 4
const ROTATIONS = 6

type Options = Parameters<typeof openRotatingSql>[0]

async function open(options: Options): Promise<RotatingSql> {
  const sql = await openRotatingSql({ max: MAX, ...options })
  onTestFinished(() => sql.end())
  return sql
}

const loginOf = async (sql: RotatingSql) =>
  (await sql<{ login: string }[]>`select session_user as login`)[0]?.login

describe.each(SERVERS)('postgres.js on %s', { timeout: 60_000 }, (_, binDirectory) => {
  let server: Awaited<ReturnType<typeof openServer>>
  beforeAll(async () => {
    server = await openServer(binDirectory)
  })
  afterAll(() => server.close())

  it('changes its login six times under load: no query fails, no connection is above the limit', async () => {
    const { credentials, kind, options, logins, name } = await server.setUp()
    const sql = await open({ credentials, ownerRole: name })
    await server.admin.query(`create schema ${name} authorization ${name}`)
    await sql`create table notes (id uuid primary key, login text default session_user)`
    const seen = new Set<string | undefined>()
    const kept: string[] = []
    const works = [
      async () => seen.add(await loginOf(sql)),
      async () => {
        const id = randomUUID()
        await sql`insert into notes (id) values (${id})`
        kept.push(id)
      },
      () =>
        sql.begin(async (one) => {
          const id = randomUUID()
          await one`insert into notes (id) values (${id})`
          await one`select pg_sleep(0.01)`
          kept.push(id)
        }),
      () => sql`select * from generate_series(1, 30)`.cursor(10, () => undefined),
    ]
    const done = new AbortController()
    const failures: unknown[] = []
    let [queries, most] = [0, 0]
    const working = Array.from({ length: 3 * MAX }, async (__, worker) => {
      for (let nth = worker; !done.signal.aborted; nth += 1) {
        await works[nth % works.length]?.().catch((error: unknown) => failures.push(error))
        queries += 1
      }
    })
    const watching = (async () => {
      while (!done.signal.aborted) {
        const { rows } = await server.admin.query<{ count: number }>(
          `select count(*)::int from pg_stat_activity where application_name = 'postgres.js'`,
        )
        most = Math.max(most, rows[0]?.count ?? 0)
      }
    })()
    try {
      for (let nth = 0; nth < ROTATIONS; nth += 1) await rotate(kind(), options)
      seen.add(await loginOf(sql))
    } finally {
      done.abort()
      await Promise.all([watching, ...working])
    }
    expect(failures).toEqual([])
    expect(await logins()).toEqual([`${name}_g${ROTATIONS + 1}`])
    expect(seen).toContain(`${name}_g${ROTATIONS + 1}`)
    expect(most).toBeLessThanOrEqual(MAX)
    expect(queries).toBeGreaterThan(100)
    const rows = await sql<{ id: string }[]>`select id from notes`
    expect(rows.map(({ id }) => id).sort()).toEqual(kept.sort())
  })

  it('leaves a transaction alone, and the rotation waits for it', async () => {
    const { credentials, kind, options, logins, name } = await server.setUp()
    const sql = await open({ credentials })
    let commit: () => void = () => undefined
    const held = new Promise<void>((resolve) => (commit = resolve))
    const begun = sql.begin(async (one) => {
      await held
      return one<{ login: string }[]>`select session_user as login`
    })
    await expect(rotate(kind(1_000), options)).rejects.toMatchObject({ step: 'confirm' })
    commit()
    expect(await begun).toEqual([{ login: `${name}_g1` }])
    await rotate(kind(), options)
    expect(await logins()).toEqual([`${name}_g2`])
    expect(await loginOf(sql)).toBe(`${name}_g2`)
  })
})

describe.each(SERVERS)('a login of postgres.js on %s', { timeout: 60_000 }, (_, binDirectory) => {
  const fixture = useFixture(binDirectory)
  const setUp = (options: Partial<Options> = {}) => open({ credentials: fixture.live, ...options })
  const holding = () => fixture.live.usage.report().holding['postgres.js']

  it('that is refused is asked for in the store, and no query is lost where that has a newer one', async () => {
    let closed = 0
    const sql = await setUp({ max: 1, onclose: () => (closed += 1) })
    await sql`select 1`
    const before = fixture.login
    const next = stage(await fixture.admit())
    await fixture.drop(before)
    await eventually(() => closed).toBe(1)
    fixture.answer = () => next
    const [one, other] = await Promise.all([loginOf(sql), loginOf(sql)])
    expect([one, other]).toEqual([fixture.login, fixture.login])
    expect(fixture.asked).toBeGreaterThan(0)
    await eventually(holding).toEqual([next.current.version])
  })

  it('that is refused fails its queries where the store has no other, and passes them once it has', async () => {
    const sql = await setUp({ max: 1, loginRetryMs: 300 })
    const before = fixture.login
    const next = stage(await fixture.admit())
    await fixture.drop(before)
    const error: unknown = await sql`select 1`.catch((failure: unknown) => failure)
    expect(error).toBeInstanceOf(SecretError)
    expect(error).toMatchObject({ code: 'rejected' })
    expect(fixture.live.usage.report().failures).toBeGreaterThan(0)
    fixture.live.update(next)
    await eventually(() => loginOf(sql).catch(() => undefined)).toBe(fixture.login)
  })

  it.each([
    ['as soon as it is asked for', 0],
    ['while it is waited for', 100],
  ])('that is refused fails its query when `sql` ends %s, which ends too', async (_, afterMs) => {
    const sql = await setUp({ max: 1 })
    await fixture.drop(fixture.login)
    const ended = new Promise<void>((resolve) => {
      fixture.answer = () => {
        if (afterMs === 0) resolve(sql.end())
        else
          setTimeout(() => {
            resolve(sql.end())
          }, afterMs)
        return undefined
      }
    })
    const query = sql`select 1`.catch((failure: unknown) => failure)
    await ended
    expect(await query).toMatchObject({ code: 'disposed' })
  })

  it('whose session is ended by the server fails its query, and `sql` ends', async () => {
    const sql = await setUp({ max: 1 })
    const query = sql`select pg_sleep(60)`.catch((failure: unknown) => failure)
    // A connection whose types postgres.js still asks for rejects a promise that nothing handles.
    const asleep = async () => {
      const { rowCount } = await fixture.admin.query(
        `select from pg_stat_activity where usename = $1 and wait_event = 'PgSleep'`,
        [fixture.login],
      )
      return rowCount
    }
    await eventually(asleep).toBe(1)
    await fixture.terminate()
    expect(await query).toMatchObject({ code: 'CONNECTION_CLOSED' })
    await sql.end()
    expect(holding()).toEqual([])
  })

  it('of a connection that was reserved and given back ends with `sql`', async () => {
    const sql = await setUp()
    const reserved = await sql.reserve()
    reserved.release()
    await sql.end()
    expect(holding()).toEqual([])
  })

  it('that is wrong is not adopted, and the next one is', async () => {
    const sql = await setUp()
    const before = fixture.login
    const next = await fixture.admit()
    fixture.live.update(stage(wrong(next)))
    await eventually(() => fixture.live.usage.report().failures).toBeGreaterThan(0)
    expect(await loginOf(sql)).toBe(before)
    fixture.live.update(stage(next))
    await eventually(() => loginOf(sql)).toBe(fixture.login)
  })

  it('must act as its owner role', async () => {
    await expect(setUp({ ownerRole: 'other' })).rejects.toMatchObject({ code: 'refused' })
    expect(holding()).toEqual([])
    await expect(setUp({ ownerRole: OWNER })).resolves.toBeDefined()
  })

  it('that wants TLS gets none in clear text', async () => {
    const { value } = fixture.live.current
    fixture.live.update(stage({ ...value.expose(), sslmode: 'verify-full' }))
    await expect(setUp()).rejects.toMatchObject({ code: 'unreachable' })
  })

  it('is held until the last connection is closed', async () => {
    const sql = await setUp()
    const { version } = fixture.live.current
    const reserved = await sql.reserve()
    await sql`select 1`
    const next = stage(await fixture.admit())
    fixture.live.update(next)
    await eventually(holding).toEqual([next.current.version, version])
    reserved.release()
    await eventually(holding).toEqual([next.current.version])
    await sql.end()
    await eventually(holding).toEqual([])
  })
})
