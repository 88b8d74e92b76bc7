// @lane servers
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PostedReports } from '@rekey/config-loader/internal'
import { postReports } from '@rekey/config-loader'
import { createFakeClock, type SecretError } from '@rekey/secret'
import type { HealthReport } from '@rekey/secret/internal'
import type { Fleet, Replica } from '@rekey/secret/internal/kind'
import { findPostgresServers, openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { openReportBoard, type ReportBoardOptions } from '../discovery/index.ts'
import { createFleet } from '../../engine/index.ts'

const SECRET = 'API_KEY_SHOP_MAILER'
const url = 'https://mailer.example.com'

/** A process of `mailer` that holds one version. */
class FakeProcess {
  readonly replica = `host:1:${randomBytes(6).toString('hex')}`
  version = 'v1'
  service = 'mailer'
  rejections: HealthReport['secrets'][number]['rejections'] = []

  health(): HealthReport {
    const { service, replica, version, rejections } = this
    const versions = [{ stage: 'current', version }]
    const usage = { since: 1, versions: [], holding: {}, failures: 0 }
    const secret = { name: SECRET, versions, usage, rejections }
    return { service, replica, secrets: [secret], waits: [] } as unknown as HealthReport
  }
}

/** How a fleet learns of processes. */
interface Channel {
  readonly fleet: Fleet
  /** Resolves when the process can be asked. */
  readonly join: (process: FakeProcess) => Promise<void>
  /** After the process has changed. */
  readonly changed: (process: FakeProcess) => Promise<void>
  readonly leave: (process: FakeProcess) => Promise<void>
}

describe.each(await findPostgresServers())('on %s', (_, binDirectory) => {
  let server: Awaited<ReturnType<typeof openPostgres>>
  let admin: pg.Pool
  const pools: pg.Pool[] = []

  const poolOf = (user: string, password: string) => {
    const target = new URL(server.adminUrl.expose())
    target.username = user
    target.password = password
    const pool = new pg.Pool({ connectionString: target.href, max: 2 })
    pool.on('error', () => undefined)
    pools.push(pool)
    return pool
  }
  const newLogin = async (role: string) => {
    const [user, password] = [
      `login_${randomBytes(4).toString('hex')}`,
      randomBytes(16).toString('hex'),
    ]
    await admin.query(`create role ${user} login password '${password}' in role ${role}`)
    return poolOf(user, password)
  }
  const openBoard = (options: Partial<ReportBoardOptions> = {}) => {
    const reporters = [
      { service: 'mailer', role: 'mailers', url },
      { service: 'shop-front', role: 'shop-front', url },
    ]
    return openReportBoard(admin, { reporters, ...options })
  }
  const fleetOn = async (options: Partial<ReportBoardOptions> = {}) => {
    const board = await openBoard(options)
    return createFleet(board.source, { fetch: board.fetchWith(fetch) })
  }

  beforeAll(async () => {
    server = await openPostgres(binDirectory === undefined ? {} : { binDirectory })
    admin = new pg.Pool({ connectionString: server.adminUrl.expose() })
    admin.on('error', () => undefined)
    await admin.query('create role mailers; create role "shop-front"')
    await openBoard()
  }, 120_000)
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()))
    await admin.end()
    await server.close()
  })
  beforeEach(() => admin.query('delete from rekey.report'))

  async function overBoard(): Promise<Channel> {
    const database = await newLogin('mailers')
    const posted = new Map<FakeProcess, PostedReports>()
    return {
      fleet: await fleetOn(),
      async join(process) {
        const reports = postReports(process, { database })
        posted.set(process, reports)
        onTestFinished(() => reports[Symbol.asyncDispose]())
        await reports.post()
      },
      changed: async (process) => posted.get(process)?.post(),
      leave: async (process) => posted.get(process)?.[Symbol.asyncDispose](),
    }
  }

  async function overHttp(): Promise<Channel> {
    const replicas = new Map<FakeProcess, Replica>()
    return Promise.resolve({
      fleet: createFleet(() => Promise.resolve([...replicas.values()])),
      async join(process) {
        const listener = createServer((__, response) => {
          response.end(JSON.stringify(process.health()))
        })
        await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
        onTestFinished(() => void listener.close())
        const healthUrl = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
        replicas.set(process, { service: 'mailer', url, healthUrl })
      },
      changed: () => Promise.resolve(),
      leave: (process) => Promise.resolve(void replicas.delete(process)),
    })
  }

  describe.each([
    ['over HTTP', overHttp],
    ['over the board', overBoard],
  ])('a fleet that is asked %s', (__, open) => {
    const ask = (fleet: Fleet) =>
      fleet.acknowledgements({ service: 'mailer', secret: SECRET }, AbortSignal.timeout(60_000))
    const versionsIn = async (fleet: Fleet) =>
      (await ask(fleet)).map(({ ack }) => ack?.versions[0]?.version).toSorted()

    it('gives the versions of each process, as they are now', async () => {
      const { fleet, join, changed } = await open()
      const [one, two] = [new FakeProcess(), new FakeProcess()]
      await join(one)
      await join(two)
      expect(await versionsIn(fleet)).toEqual(['v1', 'v1'])
      two.version = 'v2'
      await changed(two)
      expect(await versionsIn(fleet)).toEqual(['v1', 'v2'])
      expect((await ask(fleet)).map(({ ack }) => ack?.replica)).toEqual(
        expect.arrayContaining([one.replica, two.replica]),
      )
    })

    it('has those that come, and not those that go', async () => {
      const { fleet, join, leave } = await open()
      const [one, two] = [new FakeProcess(), new FakeProcess()]
      await join(one)
      expect(await fleet.replicas('mailer')).toHaveLength(1)
      await join(two)
      await leave(one)
      expect((await ask(fleet)).map(({ ack }) => ack?.replica)).toEqual([two.replica])
      await leave(two)
      await expect(ask(fleet)).rejects.toMatchObject({ code: 'unreachable' })
    })

    it('has the rejections of a process, and names one that reports nothing of the secret', async () => {
      const { fleet, join } = await open()
      const process = new FakeProcess()
      process.rejections = [{ stage: 'pending', version: 'v2', by: 'rule', reason: 'malformed' }]
      await join(process)
      expect((await ask(fleet))[0]?.ack?.rejections).toEqual(process.rejections)
      const of = { service: 'mailer', secret: 'OTHER' }
      const [answer] = await fleet.acknowledgements(of, AbortSignal.timeout(60_000))
      expect(answer).toMatchObject({ problem: expect.stringContaining('OTHER') as string })
    })
  })

  it('a process that falls silent gives no answer, and is gone later', async () => {
    await (await overBoard()).join(new FakeProcess())
    const of = { service: 'mailer', secret: SECRET }
    const silent = await fleetOn({ staleMs: 0 })
    const [answer] = await silent.acknowledgements(of, AbortSignal.timeout(60_000))
    expect(answer).toMatchObject({ ack: undefined, replica: { service: 'mailer', url } })
    expect(answer).not.toHaveProperty('problem')
    await expect((await fleetOn({ goneMs: 0 })).replicas('mailer')).rejects.toMatchObject({
      code: 'unreachable',
    })
  })

  it('R50 a login posts, changes, removes and reads the reports of its own service alone', async () => {
    const own = await overBoard()
    const process = new FakeProcess()
    await own.join(process)
    const stranger = await newLogin('"shop-front"')
    const lie = new FakeProcess()
    const reports = postReports(lie, { database: stranger, onFailure: () => undefined })
    onTestFinished(() => reports[Symbol.asyncDispose]())
    await expect(reports.post()).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('make it a member of the role') as string,
    })
    for (const attempt of [
      `update rekey.report set report = 'lie'`,
      'select * from rekey.report',
    ]) {
      expect((await stranger.query(attempt)).rowCount).toBe(0)
    }
    for (const attempt of [
      `update rekey.report set service = 'mailer'`,
      `insert into rekey.report (service, replica, report, at) values ('shop-front', 'a', '', 'infinity')`,
      `update rekey.reporter set role = 'shop-front'`,
      'delete from rekey.report',
      'do $$ begin lock table rekey.report in row exclusive mode; end $$',
      'alter table rekey.report disable row level security',
    ]) {
      await expect(stranger.query(attempt)).rejects.toMatchObject({ code: '42501' })
    }
    const [answer] = await own.fleet.acknowledgements(
      { service: 'mailer', secret: SECRET },
      AbortSignal.timeout(60_000),
    )
    expect(answer?.ack?.replica).toBe(process.replica)
  })

  it('R50 a process that posts the report of another service is named', async () => {
    const process = new FakeProcess()
    process.service = 'shop'
    await admin.query(
      `insert into rekey.report (service, replica, report) values ('mailer', $1, $2)`,
      [process.replica, JSON.stringify(process.health())],
    )
    const [answer] = await (
      await fleetOn()
    ).acknowledgements({ service: 'mailer', secret: SECRET }, AbortSignal.timeout(60_000))
    expect(answer).toMatchObject({ ack: undefined, problem: 'is a replica of shop' })
  })

  it('a reporter without a role is named, and a board that was made is opened again', async () => {
    await openBoard()
    const nobody = openBoard({ reporters: [{ service: 'mailer', role: 'no_such', url }] })
    await expect(nobody).rejects.toMatchObject({ code: 'missing' })
    expect((await newLogin('mailers')).options.max).toBe(2)
  })

  it('a process posts a change of its versions at the next look, and everything every five seconds', async () => {
    const clock = createFakeClock()
    const database = await newLogin('mailers')
    const posts: string[] = []
    const counting = {
      query: (text: string, values?: unknown[]) => {
        posts.push(text.trim().slice(0, 6))
        return database.query(text, values)
      },
    }
    const process = new FakeProcess()
    const reports = postReports(process, { database: counting as never, clock })
    const until = (count: number) => expect.poll(() => posts.length).toBe(count)
    await until(1)
    await expect.poll(async () => (await admin.query('select from rekey.report')).rowCount).toBe(1)
    await clock.advance(1_000)
    expect(posts).toHaveLength(1)
    process.version = 'v2'
    await clock.advance(1_000)
    await until(2)
    await reports[Symbol.asyncDispose]()
    expect(posts.at(-1)).toBe('update')
    await openBoard()
    expect((await admin.query('select from rekey.report')).rowCount).toBe(0)
  })

  it('a process whose board is away reports that once, and posts when it is back', async () => {
    const clock = createFakeClock()
    const database = await newLogin('mailers')
    const state = { away: true }
    const failures: SecretError[] = []
    const shaky = {
      query: (text: string, values?: unknown[]) =>
        state.away ? Promise.reject(new Error('no connection')) : database.query(text, values),
    }
    const reports = postReports(new FakeProcess(), {
      ...{ database: shaky as never, clock },
      onFailure: (error) => failures.push(error),
    })
    onTestFinished(() => reports[Symbol.asyncDispose]())
    for (let second = 0; second < 5; second += 1) await clock.advance(1_000)
    expect(failures.map(({ code }) => code)).toEqual(['unreachable'])
    state.away = false
    await expect
      .poll(async () => {
        await clock.advance(1_000)
        return (await admin.query('select from rekey.report')).rowCount
      })
      .toBe(1)
  })
})
