import { randomBytes, randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type DatabaseCredentials,
  openRotatingPool,
  type RotatingPoolOptions,
} from '@rekey/db-pool-rotator'
import { admitLogin, createOwnerRole } from '@rekey/db-pool-rotator/roles'
import { createLiveSecret } from '@rekey/secret/internal'
import { Secret, type StagedSecret } from '@rekey/secret'
import { openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import { type BenchTable, effort } from './bench-table.ts'

const ROUNDS = effort(15, 1)
const ROUND_MS = effort(1000, 300)
const MAX = 10
const ROTATE_EVERY_MS = 250

/** How the rotating pools replace their connections. */
const PACES = {
  'by default': {},
  'all at once': { prewarm: 0 },
  'in slices of 2': { retire: { slice: 2, everyMs: 25 } },
  'warming 3 up, then slices of 2': { prewarm: 3, retire: { slice: 2, everyMs: 25 } },
} as const

/** What queries go through. */
interface Subject {
  readonly pool: pg.Pool
  /** Changes to the login of {@link Logins} that is not in use; absent where it never changes. */
  readonly change?: () => void
  readonly end: () => Promise<void>
}

/** The same work in one state of one subject. */
interface Contender {
  readonly name: string
  readonly subject: Subject
  /** How long each query took, in milliseconds, by round. */
  readonly rounds: number[][]
  /** How many logins the server has counted meanwhile. */
  logins: number
}

/** `select 1` through `pg.Pool` and through rotating pools, at rest and while their login changes four times a second. */
export async function benchRotatingPool(): Promise<BenchTable> {
  await using server = await openPostgres()
  const admin = new pg.Client({ connectionString: server.adminUrl.expose() })
  await admin.connect()
  const logins = await admitTwo(server, admin)
  const atRest = await openRotating(logins, {})
  const contenders = [
    contend('pg.Pool', plain(logins[0])),
    contend('pg.Pool once more', plain(logins[0])),
    contend('at rest', { pool: atRest.pool, end: atRest.end }),
  ]
  for (const [name, pace] of Object.entries(PACES)) {
    contenders.push(contend(name, await openRotating(logins, pace)))
  }
  contenders.push(contend('rival: a new pg.Pool each time', renewed(logins)))
  contenders.push(contend(`bound: pg.Pool, and ${MAX} logins beside it`, withLogins(logins)))
  for (let round = 0; round < ROUNDS; round += 1) {
    // Each works once in a round, in another order each time: connections that rested longer answer more slowly.
    for (const contender of shuffle(contenders)) await runRound(contender, admin)
  }
  await Promise.all(contenders.map(({ subject }) => subject.end()))
  await admin.end()
  return tableOf(contenders)
}

function shuffle<Item>(items: readonly Item[]): Item[] {
  const drawn = items.map((item) => ({ item, at: randomInt(2 ** 32) }))
  return drawn.sort((a, b) => a.at - b.at).map(({ item }) => item)
}

function contend(name: string, subject: Subject): Contender {
  return { name, subject, rounds: [], logins: 0 }
}

function openPlain(credentials: DatabaseCredentials): pg.Pool {
  const pool = new pg.Pool({ ...credentials, max: MAX })
  // pg.Pool's end() does not wait for its connections, so the server may still cut them.
  return pool.on('error', () => undefined)
}

function plain(credentials: DatabaseCredentials): Subject {
  const pool = openPlain(credentials)
  return { pool, end: () => pool.end() }
}

async function openRotating(logins: Logins, pace: Partial<RotatingPoolOptions>) {
  const next = alternate(logins)
  const live = createLiveSecret(stage(next()))
  const pool = await openRotatingPool({ credentials: live, max: MAX, ...pace })
  const change = () => {
    live.update(stage(next()))
  }
  return { pool, change, end: () => pool.end() }
}

/** What an application without a rotating pool would do. */
function renewed(logins: Logins): Subject {
  const next = alternate(logins)
  let pool = openPlain(next())
  return {
    get pool() {
      return pool
    },
    change() {
      const before = pool
      pool = openPlain(next())
      void before.end()
    },
    end: () => pool.end(),
  }
}

/** The least that it costs to log all connections in again with each change, whatever takes queries from one to the other. */
function withLogins(logins: Logins): Subject {
  const next = alternate(logins)
  const pool = openPlain(logins[0])
  let last = Promise.resolve()
  const logInAll = async (credentials: DatabaseCredentials) => {
    for (let count = 0; count < MAX; count += 1) {
      const client = new pg.Client({ ...credentials })
      await client.connect()
      await client.end()
    }
  }
  return {
    pool,
    change() {
      const credentials = next()
      last = last.then(() => logInAll(credentials))
    },
    async end() {
      await last
      await pool.end()
    },
  }
}

function alternate(logins: Logins): () => DatabaseCredentials {
  let count = 0
  return () => logins[count++ % 2 === 0 ? 0 : 1]
}

type Logins = readonly [DatabaseCredentials, DatabaseCredentials]

async function admitTwo({ host, port }: Postgres, admin: pg.Client): Promise<Logins> {
  await createOwnerRole(admin, 'app')
  const admit = async (user: string): Promise<DatabaseCredentials> => {
    const password = Secret.of(randomBytes(24).toString('hex'), 'DATABASE_APP')
    await admitLogin(admin, { ownerRole: 'app', login: user, password })
    return { user, password: password.expose(), host, port, database: 'postgres' }
  }
  return [await admit('app_g1'), await admit('app_g2')]
}

/** Every change has a version of its own, as in a store; one that comes back would be taken for an outdated answer. */
function stage(credentials: DatabaseCredentials): StagedSecret<DatabaseCredentials> {
  const value = Secret.of(credentials, 'DATABASE_APP')
  const version = `${credentials.user}-${randomBytes(4).toString('hex')}`
  const name = 'DATABASE_APP'
  const current = { name, version, stage: 'current', value, sensitive: [] } as const
  return { name, revision: version, current }
}

async function runRound(contender: Contender, admin: pg.Client): Promise<void> {
  const { subject, rounds } = contender
  // The last change may have left an empty pool; no round may begin with ten logins.
  await measure(subject, 500)
  const before = await countLogins(admin)
  const stop = new AbortController()
  const rotation = rotate(subject, stop.signal)
  rounds.push(await measure(subject, ROUND_MS))
  stop.abort()
  await rotation
  contender.logins += (await countLogins(admin)) - before
}

/** How many sessions the database has had; the server counts one when its first statement has ended. */
async function countLogins(admin: pg.Client): Promise<number> {
  const { rows } = await admin.query<{ sessions: string }>(
    'select sessions from pg_stat_database where datname = current_database()',
  )
  return Number(rows[0]?.sessions)
}

async function measure(subject: Subject, forMs: number): Promise<number[]> {
  const latencies: number[] = []
  const endMs = performance.now() + forMs
  const worker = async () => {
    for (let startMs = performance.now(); startMs < endMs;) {
      await subject.pool.query('select 1')
      const nowMs = performance.now()
      latencies.push(nowMs - startMs)
      startMs = nowMs
    }
  }
  await Promise.all(Array.from({ length: MAX }, worker))
  return latencies
}

async function rotate({ change }: Subject, signal: AbortSignal): Promise<void> {
  if (change === undefined) return
  while (!signal.aborted) {
    change()
    await delay(ROTATE_EVERY_MS)
  }
}

function tableOf(contenders: readonly Contender[]): BenchTable {
  const base = contenders[0]
  const rows = contenders.map(({ name, subject, rounds, logins }) => {
    const sorted = rounds.flat().sort((a, b) => a - b)
    const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1)
    const changes = (ROUNDS * ROUND_MS) / ROTATE_EVERY_MS
    const each = `${(logins / changes).toFixed(1)} logins for each`
    const state = subject.change === undefined ? name : `4 changes a second, ${name}, ${each}`
    const spread = `p50 ${at(0.5)} p99 ${at(0.99)} p99.9 ${at(0.999)} ms`
    const perSecond = median(rounds.map(({ length }) => length)) / (ROUND_MS / 1000)
    const ratio = median(
      rounds.map(({ length }, round) => length / (base?.rounds[round]?.length ?? 1)),
    )
    return { name: `${state} (${spread})`, perSecond, ratio }
  })
  return {
    title: `Queries a second, ${MAX} at once`,
    rows,
    aim: 'at rest at least 0.98, 4 changes a second by default at least 0.85',
    note: `medians of ${ROUNDS} rounds of ${ROUND_MS} ms, in random order, each against pg.Pool in the same round`,
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
