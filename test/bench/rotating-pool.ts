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

const ROUNDS = effort(11, 1)
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
  /** How many connections the pool has made. */
  connections: number
}

/** `select 1` through `pg.Pool` and through rotating pools, at rest and while their login changes four times a second. */
export async function benchRotatingPool(): Promise<BenchTable> {
  await using server = await openPostgres()
  const logins = await admitTwo(server)
  const plain = new pg.Pool({ ...logins[0], max: MAX })
  // pg.Pool's end() does not wait for its connections, so the server may still cut them.
  plain.on('error', () => undefined)
  const atRest = await openPool(logins[0], {})
  const base = contend('pg.Pool', plain)
  const contenders = [contend('at rest', atRest.pool)]
  for (const [name, pace] of Object.entries(PACES)) {
    const { pool, rotates } = await openPool(logins[0], pace)
    contenders.push(contend(name, pool, rotates))
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const contender of contenders) {
      await runRound(base, logins)
      await runRound(contender, logins)
    }
  }
  await Promise.all([base, ...contenders].map(({ pool }) => pool.end()))
  return tableOf(base, contenders)
}

function contend(name: string, pool: pg.Pool, rotates?: Contender['rotates']): Contender {
  const contender: Contender = { name, pool, rotates, rounds: [], connections: 0 }
  pool.on('connect', () => (contender.connections += 1))
  return contender
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

function tableOf(base: Contender, contenders: readonly Contender[]): BenchTable {
  const rows = [base, ...contenders].map((contender, index) => {
    const { name, rotates, rounds, connections } = contender
    const sorted = rounds.flat().sort((a, b) => a - b)
    const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1)
    const changes = (ROUNDS * ROUND_MS) / ROTATE_EVERY_MS
    const each = `${(connections / changes).toFixed(1)} connections made for each`
    const state = rotates === undefined ? name : `4 changes a second, ${name}, ${each}`
    const spread = `p50 ${at(0.5)} p99 ${at(0.99)} p99.9 ${at(0.999)} ms`
    const perSecond = median(rounds.map(({ length }) => length)) / (ROUND_MS / 1000)
    // The rounds of the base come before those of each contender in turn.
    const baseOf = (round: number) => base.rounds[round * contenders.length + index - 1]?.length
    const ratio =
      index === 0 ? 1 : median(rounds.map(({ length }, round) => length / (baseOf(round) ?? 1)))
    return { name: `${state} (${spread})`, perSecond, ratio }
  })
  return {
    title: `Queries a second, ${MAX} at once`,
    rows,
    aim: 'at rest at least 0.98, 4 changes a second by default at least 0.85',
    note: `medians of ${ROUNDS} rounds of ${ROUND_MS} ms, each against the round of pg.Pool just before it`,
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
