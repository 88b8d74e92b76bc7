import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type DatabaseCredentials,
  openRotatingPool,
  type RotatingPoolOptions,
} from '@rekey/db-pool-rotator'
import { admitLogin, createOwnerRole } from '@rekey/db-pool-rotator/roles'
import { createLiveSecret, Secret, type SettableSecret, type StagedSecret } from '@rekey/secret'
import { openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import type { BenchTable } from './bench-table.ts'
import { effort } from './effort.ts'

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

/** The same work in one state of one pool. */
interface Contender {
  readonly name: string
  readonly pool: pg.Pool
  /** Rotated during the measured time. */
  readonly rotates: SettableSecret<DatabaseCredentials> | undefined
  /** How long each query took, in milliseconds, by round. */
  readonly rounds: number[][]
}

/** `select 1` through `pg.Pool` and through rotating pools, at rest and while their login changes four times a second. */
export async function benchRotatingPool(): Promise<BenchTable> {
  await using server = await openPostgres()
  const logins = await admitTwo(server)
  const plain = new pg.Pool({ ...logins[0], max: MAX })
  // pg.Pool's end() does not wait for its connections, so the server may still cut them.
  plain.on('error', () => undefined)
  const atRest = await openPool(logins[0], {})
  const contenders: Contender[] = [
    { name: 'pg.Pool', pool: plain, rotates: undefined, rounds: [] },
    { name: 'at rest', ...atRest, rotates: undefined, rounds: [] },
  ]
  for (const [name, pace] of Object.entries(PACES)) {
    contenders.push({ name, ...(await openPool(logins[0], pace)), rounds: [] })
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    // The one that comes first gets another machine than the one that comes last.
    const order = round % 2 === 0 ? contenders : [...contenders].reverse()
    for (const contender of order) await runRound(contender, logins)
  }
  await Promise.all(contenders.map(({ pool }) => pool.end()))
  return tableOf(contenders)
}

async function openPool(credentials: DatabaseCredentials, pace: Partial<RotatingPoolOptions>) {
  const rotates = createLiveSecret(stage(credentials))
  return { rotates, pool: await openRotatingPool({ credentials: rotates, max: MAX, ...pace }) }
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
  const { pool, rotates, rounds } = contender
  // The last change may have left an empty pool; no round may begin with ten logins.
  await measure(pool, 200)
  const stop = new AbortController()
  const rotation = rotates === undefined ? undefined : rotate(rotates, logins, stop.signal)
  rounds.push(await measure(pool, ROUND_MS))
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
  const rows = contenders.map(({ name, rotates, rounds }) => {
    const sorted = rounds.flat().sort((a, b) => a - b)
    const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1)
    const state = rotates === undefined ? name : `4 changes a second, ${name}`
    const spread = `p50 ${at(0.5)} p99 ${at(0.99)} p99.9 ${at(0.999)} ms`
    const perSecond = median(rounds.map(({ length }) => length)) / (ROUND_MS / 1000)
    const ratio = median(rounds.map(({ length }, round) => length / countOf(contenders[0], round)))
    return { name: `${state} (${spread})`, perSecond, ratio }
  })
  return {
    title: `Queries a second, ${MAX} at once`,
    rows,
    aim: 'at rest at least 0.98, 4 changes a second by default at least 0.85',
    note: `medians of ${ROUNDS} rounds of ${ROUND_MS} ms, contenders taking turns, each round against pg.Pool in the same one; each change replaces ${MAX} connections`,
  }
}

function countOf(contender: Contender | undefined, round: number): number {
  return contender?.rounds[round]?.length ?? 1
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
