import { rotate } from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { STEPS } from '@rekey/secret/internal/kind'
import { findForTest, type PgBouncer, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { codeOf, describeDatabaseError, isLoginError } from '../spec/database-error.ts'
import { openRotatingPool } from '../index.ts'
import { at, logIn } from '../../test/rotate/database-kind.support.ts'
import { preparePoolers, startQueries } from '../../test/rotate/pooled-standbys.support.ts'
import { asSuperuser, openCluster, rotateUntilDone } from '../../test/rotate/standbys.support.ts'

const { found, path: program } = await findForTest('pgbouncer')

/** Longer than any stall of the machine; no test waits for its end. */
const PATIENT_MS = 120_000
/** Shorter than PgBouncer keeps an idle session in the tests that wait for one. */
const SHORT_MS = 2_000
const KEPT_FOR_LONG = { server_idle_timeout: 600 }
const WHO = 'select session_user as by'
const LOOKUP = 'select login, verifier from pgbouncer.user_lookup($1)'
const READ = 'select pg_sleep(0.005)'

describe.runIf(found).each(['session', 'transaction'])(
  'R42 PgBouncer before a primary and another before a standby, with %s pooling',
  { timeout: 180_000 },
  (poolMode) => {
    let cluster: Awaited<ReturnType<typeof openCluster>>
    let poolers: Awaited<ReturnType<typeof preparePoolers>>
    beforeAll(async () => {
      cluster = await openCluster()
      poolers = await preparePoolers(cluster, { program, poolMode })
    }, PATIENT_MS)
    afterAll(() => cluster.close())

    /** PgBouncer clears the name with the rest of a session when its client leaves, in session pooling. */
    const idleName = poolMode === 'session' ? 'an unnamed session' : 'reports'
    const addressOf = ({ port }: Pick<Postgres, 'port'>) => `127.0.0.1:${port}`

    /** A service that writes through the one and reads through the other. */
    async function open({ settings = { server_idle_timeout: 1 }, readerSettings = {} } = {}) {
      const writer = await poolers.open({ host: '127.0.0.1', port: cluster.proxy.port }, settings)
      const reader = await poolers.open(cluster.standby, { ...settings, ...readerSettings })
      const fixture = await cluster.setUp(writer)
      const { name, login, credentials } = fixture
      const isThere = `select 1 from pg_roles where rolname = '${login.user}'`
      await expect.poll(() => asSuperuser(cluster.standby, isThere)).toHaveLength(1)
      const { host, port } = reader
      const readPool = await openRotatingPool({
        ...{ credentials, endpoint: { host, port }, ownerRole: name, max: 4, rollBackAfterMs: 50 },
        application_name: 'reports',
      })
      onTestFinished(() => readPool.end())
      const table = `${name}_notes`
      const make = `create table ${table} (id int not null)`
      await asSuperuser(cluster.now.primary, make, `alter table ${table} owner to ${name}`)
      return { ...fixture, writer, reader, readPool }
    }
    type Opened = Awaited<ReturnType<typeof open>>

    /** The answers to a login through each pooler, and at each server. */
    async function answersTo({ login, writer, reader }: Opened): Promise<(string | undefined)[]> {
      const places: Pick<PgBouncer, 'port'>[] = [writer, reader, ...cluster.servers]
      return Promise.all(
        places.map(async ({ port }) => {
          const client = new pg.Client({ ...login, port })
          client.on('error', () => undefined)
          const answer = await client.connect().then(
            () => 'in',
            (error: unknown) => (isLoginError(error) ? 'refused' : codeOf(error)),
          )
          await client.end()
          return answer
        }),
      )
    }
    const REFUSED = Array(5).fill('refused')

    /** A query that fails as its server is away is the failover; any other failure would be the rotation. */
    const otherThanUnreachable = (failures: readonly unknown[]) =>
      failures.filter((error) => describeDatabaseError(error).code !== 'unreachable')
    const byNow = async (pool: pg.Pool) => (await pool.query<{ by: string }>(WHO)).rows[0]?.by
    const sessionsAt = (server: Postgres, login: string) =>
      asSuperuser(server, `select pid from pg_stat_activity where usename = '${login}'`)

    it('a rotation loses no query, waits for the sessions on the standby by name, and the old login is refused through both and at every server', async () => {
      const opened = await open()
      const { kind, options, pool, readPool, name, login, store } = opened
      const writes = startQueries(pool, `insert into ${name}_notes values (1)`)
      const reads = startQueries(readPool, READ)
      const waits: string[] = []
      const onEvent = ({ message = '' }: RotationEvent) => {
        waits.push(message)
      }
      const rotation = kind(PATIENT_MS)
      const { current } = await store.read(`DATABASE_${name.toUpperCase()}`)
      const there = `reports at ${addressOf(cluster.standby)}`
      const count = () => rotation.countSessions?.(current, new AbortController().signal)
      await expect
        .poll(count, { timeout: PATIENT_MS })
        .toContainEqual({ client: there, sessions: 4 })

      await rotate(rotation, { ...options, onEvent })

      const written = await writes.stop()
      expect([written.failures, (await reads.stop()).failures]).toEqual([[], []])
      const stored = await pool.query(`select count(*)::int as rows from ${name}_notes`)
      expect(stored.rows).toEqual([{ rows: written.answers }])
      expect(waits.join()).toMatch(
        new RegExp(
          `sessions of ${login.user} are open at PostgreSQL: .*${idleName} from 127.0.0.1, idle at ${addressOf(cluster.standby)}`,
        ),
      )
      expect([await byNow(pool), await byNow(readPool)]).toEqual([`${name}_g2`, `${name}_g2`])
      expect(await answersTo(opened)).toEqual(REFUSED)
    })

    it('an idle session that PgBouncer keeps on the standby is waited for, named with how to end it, and not ended', async () => {
      const { kind, options, readPool, login, name } = await open({
        readerSettings: KEPT_FOR_LONG,
      })
      await readPool.query(READ)
      const reads = startQueries(readPool, READ)
      const failed = await rotate(kind(SHORT_MS), options).catch((error: unknown) => error)
      expect(failed).toMatchObject({ code: 'stopped', step: 'confirm', reason: 'unreachable' })
      const { message } = failed as Error
      const there = addressOf(cluster.standby)
      expect(message).toContain(
        `sessions of ${login.user} are open at PostgreSQL: ${idleName} from 127.0.0.1, idle at ${there}`,
      )
      expect(message).toContain(
        'PgBouncer closes an idle session after its server_idle_timeout, or end it there',
      )
      const kept = await sessionsAt(cluster.standby, login.user)
      expect(kept.length).toBeGreaterThan(0)

      const ends = Array.from(
        message.matchAll(/at ([\d.:]+) \(PgB[^)]*(select pg_terminate_backend\(\d+\))/g),
        ([, place, statement = '']) => ({ statement, place }),
      )
      expect(ends.map(({ place }) => place)).toEqual(kept.map(() => there))
      await asSuperuser(cluster.standby, ...ends.map(({ statement }) => statement))
      await rotate(kind(PATIENT_MS), options)
      expect((await reads.stop()).failures).toEqual([])
      expect(await byNow(readPool)).toBe(`${name}_g2`)
    })

    it('a pooler before the standby that refuses the new login stops the rotation before the old one is closed, and no query is lost', async () => {
      const { kind, options, pool, reader, readPool, name, login } = await open({
        readerSettings: { auth_query: `${LOOKUP} where $1 not like '%_g2'` },
      })
      const reads = startQueries(readPool, READ)
      const stopped = { code: 'stopped', step: 'confirm', reason: 'unreachable' }
      const failed = await rotate(kind(SHORT_MS), options).catch((error: unknown) => error)
      expect(failed).toMatchObject(stopped)
      expect((failed as Error).message).toMatch(/http:\/\/127.* did not use the new login within/)
      expect([await byNow(pool), await byNow(readPool)]).toEqual([`${name}_g2`, login.user])
      await reader.command(`set auth_query = '${LOOKUP}'`)
      await rotate(kind(PATIENT_MS), options)
      expect((await reads.stop()).failures).toEqual([])
      expect(await byNow(readPool)).toBe(`${name}_g2`)
    })

    it('a login that leaked is cut off on the standby at once, and gets no further through PgBouncer', async () => {
      const opened = await open({ settings: KEPT_FOR_LONG })
      const { kind, options, login, reader, readPool, name } = opened
      await reader.command(`set query_wait_timeout = 1`)
      const thief = await logIn({ ...login, port: reader.port, application_name: 'thief' })
      await thief.query(READ)
      await rotate(kind(PATIENT_MS), { ...options, compromised: true })
      expect(await sessionsAt(cluster.standby, login.user)).toEqual([])
      await expect(thief.query(READ)).rejects.toThrow()
      expect(await answersTo(opened)).toEqual(REFUSED)
      expect(await byNow(readPool)).toBe(`${name}_g2`)
    })

    it('the standby is promoted in the middle: no read is lost, both pools use the new login, and the old one is refused afterwards', async () => {
      const opened = await open()
      const { kind, options, pool, readPool, name } = opened
      const writes = startQueries(pool, `insert into ${name}_notes values (1)`)
      const reads = startQueries(readPool, READ)
      await rotate(kind(PATIENT_MS), {
        ...options,
        onEvent: at('confirm begin', () => cluster.switchOver()),
      })
      const written = await writes.stop()
      expect((await reads.stop()).failures).toEqual([])
      expect(otherThanUnreachable(written.failures)).toEqual([])
      expect([await byNow(pool), await byNow(readPool)]).toEqual([`${name}_g2`, `${name}_g2`])
      expect(await answersTo(opened)).toEqual(REFUSED)
    })

    it.runIf(poolMode === 'transaction')(
      'each server becomes the primary in turn at every step: both pools use the new login, and the old one is refused afterwards',
      async () => {
        const opened = await open()
        const { kind, options, pool, readPool, name } = opened
        const queries = [
          startQueries(pool, `insert into ${name}_notes values (1)`),
          startQueries(readPool, READ),
        ]
        const left = new Set<string>(STEPS)
        const onEvent = async ({ step, phase }: RotationEvent) => {
          if (phase === 'begin' && left.delete(step)) await cluster.switchOver()
        }
        await rotateUntilDone(kind(PATIENT_MS), { ...options, leaseMs: 5_000, onEvent })
        const ended = await Promise.all(queries.map((each) => each.stop()))
        expect(ended.map(({ failures }) => otherThanUnreachable(failures))).toEqual([[], []])
        expect([...left]).toEqual([])
        expect([await byNow(pool), await byNow(readPool)]).toEqual([`${name}_g2`, `${name}_g2`])
        expect(await answersTo(opened)).toEqual(REFUSED)
      },
    )
  },
)
