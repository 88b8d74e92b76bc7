// @lane servers
import { rotate, type RotationJournal, sweepOrphans } from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { systemClock } from '@rekey/secret'
import { isExhaustive, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { at, dieAt, logIn, SERVERS } from '../../test/rotate/database-kind.support.ts'
import { parseConnectionUrl } from '../index.ts'
import { codeOf } from '../spec/database-error.ts'
import { asSuperuser, openCluster } from '../../test/rotate/standbys.support.ts'

/** Longer than any stall of the machine; no test waits for its end. */
const PATIENT_MS = 120_000

describe.each(isExhaustive ? SERVERS : SERVERS.slice(0, 1))(
  'R42 a cluster of %s',
  { timeout: 180_000 },
  (_, binDirectory) => {
    let cluster: Awaited<ReturnType<typeof openCluster>>
    beforeAll(async () => {
      cluster = await openCluster(binDirectory)
    }, 120_000)
    afterAll(() => cluster.close())

    async function open() {
      const fixture = await cluster.setUp()
      const secret = `DATABASE_${fixture.name.toUpperCase()}`
      const receipts = async () => {
        const entries = await fixture.options.journal.entries([secret])
        return entries[0]?.intent?.receipts?.map(({ evidence }) => evidence) ?? []
      }
      const old = fixture.login
      /** The SQLSTATE with which each server answers the old login. */
      const answers = () =>
        Promise.all(
          cluster.servers.map(async ({ port }) => {
            const client = new pg.Client({ ...old, port })
            client.on('error', () => undefined)
            const answer = await client.connect().then(
              () => 'in',
              (error: unknown) => codeOf(error),
            )
            await client.end()
            return answer
          }),
        )
      const sessionAt = async ({ port }: Postgres, name: string) => {
        const client = await logIn({ ...old, port, application_name: name })
        await client.query(`set role ${fixture.name}`)
        return client
      }
      await everywhere(`select 1 from pg_roles where rolname = '${old.user}'`)
      return { ...fixture, secret, receipts, answers, sessionAt }
    }

    /** Waits until each server has what the primary has. */
    async function everywhere(isThere: string) {
      for (const server of cluster.servers) {
        await expect
          .poll(() => asSuperuser(server, isThere), { timeout: PATIENT_MS })
          .toHaveLength(1)
      }
    }

    /** The rotator with these servers alone; the first one is named first where several are late. */
    function listing(...servers: readonly Postgres[]) {
      const pool = cluster.poolOf(...servers)
      onTestFinished(() => pool.end())
      return pool
    }

    const addressOf = ({ port }: Postgres) => `127.0.0.1:${port}`
    const REFUSED = ['28P01', '28P01', '28P01']

    it('waits for the sessions on every standby, then the old login is refused by every server, which the receipt names', async () => {
      const { kind, options, sessionAt, answers, receipts, name } = await open()
      const report = await sessionAt(cluster.cascading, 'report')
      const waits: string[] = []
      const onEvent = async ({ message = '' }: RotationEvent) => {
        waits.push(message)
        if (message.includes('report')) await report.end()
      }
      await rotate(kind(PATIENT_MS), { ...options, onEvent })
      expect(waits.join()).toContain(
        `1 sessions of ${name}_g1 are open at PostgreSQL: report from 127.0.0.1, idle at ${addressOf(cluster.cascading)}`,
      )
      expect(await answers()).toEqual(REFUSED)
      const places = cluster.servers.map((server) => ` at ${addressOf(server)}`).join(',')
      expect(await receipts()).toEqual([`the role ${name}_g1 does not exist${places}`])
    })

    it('cuts the sessions on every standby off once the password has leaked', async () => {
      const { kind, options, sessionAt, answers } = await open()
      const thieves = [
        await sessionAt(cluster.standby, 'thief'),
        await sessionAt(cluster.cascading, 'thief'),
      ]
      await rotate(kind(PATIENT_MS), { ...options, compromised: true })
      for (const thief of thieves) await expect(thief.query('select 1')).rejects.toThrow()
      expect(await answers()).toEqual(REFUSED)
    })

    it('switches no service while a standby does not have the new login, and names it', async () => {
      const { kind, options, pool, name } = await open()
      const late = cluster.standby
      const rotator = listing(late, cluster.primary, cluster.cascading)
      const onEvent = at('admit begin', () => pauseReplay(late))
      await expect(rotate(kind(300, rotator), { ...options, onEvent })).rejects.toMatchObject({
        ...{ code: 'stopped', step: 'prove', reason: 'unreachable' },
        message: expect.stringContaining(`the standby at ${addressOf(late)} has`) as string,
      })
      const by = 'select session_user as by'
      expect((await pool.query<{ by: string }>(by)).rows).toEqual([{ by: `${name}_g1` }])
      await resumeReplay(late)
      await rotate(kind(PATIENT_MS), options)
      expect((await pool.query<{ by: string }>(by)).rows).toEqual([{ by: `${name}_g2` }])
    })

    it('drops no login that a standby may still let in, and names the standby', async () => {
      const { kind, options, receipts, answers, logins, name } = await open()
      const late = cluster.cascading
      await expect(
        rotate(kind(PATIENT_MS), { ...options, onEvent: dieAt('revoke begin') }),
      ).rejects.toThrow('killed')
      await pauseReplay(late)
      const rotator = listing(late, cluster.primary, cluster.standby)
      await expect(rotate(kind(300, rotator), options)).rejects.toMatchObject({
        ...{ code: 'stopped', step: 'revoke', reason: 'unreachable' },
        message: expect.stringContaining(`the standby at ${addressOf(late)} has`) as string,
      })
      expect([await receipts(), await logins()]).toEqual([[], [`${name}_g1`, `${name}_g2`]])
      await resumeReplay(late)
      await rotate(kind(PATIENT_MS), options)
      expect([(await receipts()).length, await answers()]).toEqual([1, REFUSED])
    })

    it('calls no version revoked until each standby has replayed the drop', async () => {
      const { kind, options, receipts, answers, logins, name } = await open()
      const late = cluster.cascading
      let isDropping = false
      const journal = beforeTransaction(options.journal, DROP, async () => {
        await pauseReplay(late)
        isDropping = true
      })
      const cancelled = new AbortController()
      const onEvent = ({ message = '' }: RotationEvent) => {
        if (isDropping && message.includes(`the standby at ${addressOf(late)} has`))
          cancelled.abort()
      }
      const { signal } = cancelled
      await expect(
        rotate(kind(PATIENT_MS), { ...options, journal, signal, onEvent }),
      ).rejects.toThrow()
      expect([await receipts(), await logins()]).toEqual([[], [`${name}_g2`]])
      expect((await answers())[2]).toBe('28000')
      await resumeReplay(late)
      await rotate(kind(PATIENT_MS), options)
      expect([(await receipts()).length, await answers()]).toEqual([1, REFUSED])
    })

    it.each([
      ['of the only server that is listed', 1, '', 'second'],
      ['of a standby', 2, 'standby', 'third'],
    ] as const)(
      'makes no login while a standby %s is not listed, and names it',
      async (_, count, upstream, unlisted) => {
        const { kind, options, logins, name } = await open()
        const rotator = listing(...cluster.servers.slice(0, count))
        const at = upstream === '' ? '' : ` at ${addressOf(cluster[upstream])}`
        await expect(rotate(kind(300, rotator), options)).rejects.toMatchObject({
          ...{ code: 'rolled-back', step: 'generate', reason: 'refused' },
          message: expect.stringContaining(
            `standbys that are not listed: ${unlisted} from 127.0.0.1, which follows the server${at}: add HOST:PORT`,
          ) as string,
        })
        expect(await logins()).toEqual([`${name}_g1`])
      },
    )

    it('calls no leaked version revoked while a standby is not listed: closes it, and goes on once it is listed', async () => {
      const { kind, options, receipts, answers, sessionAt } = await open()
      const thief = await sessionAt(cluster.standby, 'thief')
      const unseen = await sessionAt(cluster.cascading, 'thief')
      let skippedMs = 0
      const onEvent = ({ message = '' }: RotationEvent) => {
        if (message.includes('not listed: third')) skippedMs = 6_000
      }
      const clock = { ...systemClock, elapsed: () => systemClock.elapsed() + skippedMs }
      const leaked = { ...options, compromised: true, clock, onEvent }
      const rotator = listing(cluster.primary, cluster.standby)
      await expect(rotate(kind(PATIENT_MS, rotator), leaked)).rejects.toMatchObject({
        ...{ code: 'stopped', step: 'revoke', reason: 'refused' },
        message: expect.stringContaining('not listed: third from 127.0.0.1') as string,
      })
      await expect(thief.query('select 1')).rejects.toThrow()
      expect(await unseen.query('select 1')).toMatchObject({ rowCount: 1 })
      expect([await receipts(), (await answers())[0]]).toEqual([[], '28000'])
      await rotate(kind(PATIENT_MS), { ...options, compromised: true })
      await expect(unseen.query('select 1')).rejects.toThrow()
      expect([(await receipts()).length, await answers()]).toEqual([1, REFUSED])
    })

    it('does not take standbys that it may not see for none, and names the right', async () => {
      const { kind, options, logins, name } = await open()
      await asSuperuser(cluster.primary, 'revoke pg_read_all_stats from rotator')
      try {
        await expect(rotate(kind(PATIENT_MS), options)).rejects.toMatchObject({
          ...{ code: 'stopped', step: 'generate', reason: 'forbidden' },
          message: expect.stringContaining('grant pg_read_all_stats') as string,
        })
      } finally {
        await asSuperuser(cluster.primary, 'grant pg_read_all_stats to rotator')
      }
      await everywhere(`select 1 where pg_has_role('rotator', 'pg_read_all_stats', 'usage')`)
      await rotate(kind(PATIENT_MS), options)
      expect(await logins()).toEqual([`${name}_g2`])
    })

    it('takes neither an archive of the log nor logical replication for a standby', async () => {
      const { kind, options, logins, name } = await open()
      const archive = await replicate('archive', 'true')
      const [position] = await asSuperuser(
        cluster.primary,
        'select pg_current_wal_flush_lsn() as lsn',
      )
      void archive
        .query(`START_REPLICATION PHYSICAL ${String(position?.['lsn'])}`)
        .catch(() => undefined)
      await replicate('subscription', 'database')
      const states = `select application_name || ' ' || state as it from pg_stat_replication
      where application_name in ('archive', 'subscription') order by 1`
      await expect
        .poll(() => asSuperuser(cluster.primary, states), { timeout: PATIENT_MS })
        .toEqual([{ it: 'archive streaming' }, { it: 'subscription startup' }])
      await rotate(kind(PATIENT_MS), options)
      expect(await logins()).toEqual([`${name}_g2`])
    })

    /** A connection as those of `pg_receivewal` (`true`) and of a subscription (`database`). */
    async function replicate(name: string, replication: 'true' | 'database') {
      const config = { ...parseConnectionUrl(cluster.primary.adminUrl.expose()), replication }
      const client = await logIn({ ...config, application_name: name })
      onTestFinished(() => client.end())
      return client
    }

    it('sweeps no login away that is in use on a standby', async () => {
      const { kind, options, login, logins, name } = await open()
      await asSuperuser(
        cluster.primary,
        `create role ${name}_g7 login password '${login.password}'`,
        `grant ${name} to ${name}_g7`,
      )
      const claim = await options.journal.claim(kind(PATIENT_MS).name, 'test', 10_000)
      const lost = { version: 'lost', account: `${name}_g7` }
      await claim.setIntent({
        mode: 'forward',
        from: lost,
        outcome: 'rolled-back',
        accounts: [lost],
      })
      await claim.release()
      const there = { ...login, user: `${name}_g7`, port: cluster.cascading.port }
      const isThere = () =>
        logIn({ ...there, application_name: 'a lost job' }).catch(() => undefined)
      await expect.poll(isThere, { timeout: PATIENT_MS }).toBeDefined()
      await expect(sweepOrphans(kind(PATIENT_MS), options)).rejects.toMatchObject({
        code: 'stopped',
        message: expect.stringContaining(`idle at ${addressOf(cluster.cascading)}`) as string,
      })
      expect(await logins()).toEqual([`${name}_g1`, `${name}_g7`])
    })
  },
)

const pauseReplay = (server: Postgres) => asSuperuser(server, 'select pg_wal_replay_pause()')
const resumeReplay = (server: Postgres) => asSuperuser(server, 'select pg_wal_replay_resume()')

/** The transactions of a rotation: make the new login, close the old one, drop it. */
const DROP = 3

function beforeTransaction(
  journal: RotationJournal,
  number: number,
  work: () => Promise<unknown>,
): RotationJournal {
  return {
    ...journal,
    async claim(...request) {
      const claim = await journal.claim(...request)
      const { transaction } = claim
      if (transaction === undefined) throw new TypeError('this journal has transactions')
      let count = 0
      return {
        ...claim,
        async transaction(change) {
          count += 1
          if (count === number) await work()
          return transaction(change)
        },
      }
    },
  }
}
