import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type DatabaseCredentials, openRotatingPool } from '@rekey/db-pool-rotator'
import { admitLogin, createOwnerRole } from '@rekey/db-pool-rotator/roles'
import { createLiveSecret, Secret, type SettableSecret, type StagedSecret } from '@rekey/secret'
import { openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import type { BenchTable } from './bench-table.ts'
import { effort } from './effort.ts'

const ROUNDS = effort(7, 1)
const ROUND_MS = effort(1000, 300)
const MAX = 10
const ROTATE_EVERY_MS = 250

/** How the rotating pools replace their connections. */
const PACES = {
  'all at once': {},
  'in slices of 2': { retire: { slice: 2, everyMs: 25 } },
  'warming 3 up, then slices of 2': { prewarm: 3, retire: { slice: 2, everyMs: 25 } },
  'one by one': { prewarm: MAX },
} as const

/** The same work in one state of one pool. */
interface Contender {
  readonly name: string
  readonly pool: pg.Pool
  /** Rotated during the measured time. */
  readonly rotates?: SettableSecret<DatabaseCredentials>
  /** How long each query took, in milliseconds, over all rounds. */
  readonly latencies: number[]
}

/** `select 1` through `pg.Pool` and through rotating pools, at rest and while their login changes four times a second. */
export async function benchRotatingPool(): Promise<BenchTable> {
  await using server = await openPostgres()
  const logins = await admitTwo(server)
  const contenders: Contender[] = []
  const plain = new pg.Pool({ ...logins[0], max: MAX })
  // pg.Pool's end() does not wait for its connections, so the server may still cut them.
  plain.on('error', () => undefined)
  contenders.push({ name: 'pg.Pool', pool: plain, latencies: [] })
  for (const [name, pace] of Object.entries(PACES)) {
    const live = createLiveSecret(stage(logins[0]))
    const pool = await openRotatingPool({ credentials: live, max: MAX, ...pace })
    if (contenders.length === 1) contenders.push({ name: 'at rest', pool, latencies: [] })
    contenders.push({ name, pool, rotates: live, latencies: [] })
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const contender of contenders) await runRound(contender, logins)
  }
  await Promise.all([...new Set(contenders.map(({ pool }) => pool))].map((pool) => pool.end()))
  return tableOf(contenders)
}

type Logins = readonly [DatabaseCredentials, DatabaseCredentials]

async function admitTwo(server: Postgres): Promise<Logins> {
  const admin = new pg.Client({ connectionString: server.adminUrl.expose() })
  await admin.connect()
  await createOwnerRole(admin, 'app')
  const admit = async (user: string): Promise<DatabaseCredentials> => {
    const password = Secret.of(randomBytes(24).toString('hex'), 'DATABASE_APP')
    await admitLogin(admin, { ownerRole: 'app', login: user, password })
    const { host, port } = server
    return { user, password: password.expose(), host, port, database: 'postgres' }
  }
  const logins = [await admit('app_g1'), await admit('app_g2')] as const
  await admin.end()
  return logins
}

/** Every change has a version of its own, as in a store; one that comes back would be taken for an outdated answer. */
function stage(credentials: DatabaseCredentials): StagedSecret<DatabaseCredentials> {
  const value = Secret.of(credentials, 'DATABASE_APP')
  const version = `${credentials.user}-${randomBytes(4).toString('hex')}`
  const name = 'DATABASE_APP'
  const current = { name, version, stage: 'current', value, sensitive: [] } as const
  return { name, revision: version, current }
}

async function runRound(contender: Contender, logins: Logins): Promise<void> {
  const { pool, rotates, latencies } = contender
  // The last change may have left an empty pool; no round may begin with ten logins.
  await measure(pool, 200)
  const stop = new AbortController()
  const rotation = rotates === undefined ? undefined : rotate(rotates, logins, stop.signal)
  latencies.push(...(await measure(pool, ROUND_MS)))
  stop.abort()
  await rotation
}

async function measure(pool: pg.Pool, forMs: number): Promise<number[]> {
  const latencies: number[] = []
  const endMs = performance.now() + forMs
  const worker = async () => {
    for (let startMs = performance.now(); startMs < endMs;) {
      await pool.query('select 1')
      const nowMs = performance.now()
      latencies.push(nowMs - startMs)
      startMs = nowMs
    }
  }
  await Promise.all(Array.from({ length: MAX }, worker))
  return latencies
}

async function rotate(
  live: SettableSecret<DatabaseCredentials>,
  logins: Logins,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const isFirst = live.current.value.expose().user === logins[0].user
    live.update(stage(logins[isFirst ? 1 : 0]))
    await delay(ROTATE_EVERY_MS)
  }
}

function tableOf(contenders: readonly Contender[]): BenchTable {
  const rows = contenders.map(({ name, rotates, latencies }) => {
    const sorted = latencies.sort((a, b) => a - b)
    const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1)
    const state = rotates === undefined ? name : `4 changes a second, ${name}`
    const perSecond = (latencies.length * 1000) / (ROUNDS * ROUND_MS)
    const spread = `p50 ${at(0.5)} p99 ${at(0.99)} p99.9 ${at(0.999)} ms`
    return { name: `${state} (${spread})`, perSecond }
  })
  const base = rows[0]?.perSecond ?? 1
  return {
    title: `Queries a second, ${MAX} at once`,
    rows: rows.map((row) => ({ ...row, ratio: row.perSecond / base })),
    aim: 'at rest at least 0.98',
    note: `${ROUNDS} rounds of ${ROUND_MS} ms, contenders taking turns; each change replaces ${MAX} connections`,
  }
}
