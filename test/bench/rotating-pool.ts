import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type DatabaseCredentials, openRotatingPool } from '@rekey/db-pool-rotator'
import { admitLogin, createOwnerRole } from '@rekey/db-pool-rotator/roles'
import { createLiveSecret, Secret, type StagedSecret } from '@rekey/secret'
import { openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import type { BenchTable } from './bench-table.ts'

const ROUNDS = 7
const ROUND_MS = 1000
const MAX = 10
const ROTATE_EVERY_MS = 250

/** `select 1` through `pg.Pool` and through a rotating pool, at rest and while its login changes four times a second. */
export async function benchRotatingPool(): Promise<BenchTable> {
  await using server = await openPostgres()
  const logins = await admitTwo(server)
  const live = createLiveSecret(logins[0])
  const plain = new pg.Pool({ ...logins[0].current.value.expose(), max: MAX })
  // pg.Pool's end() does not wait for its connections, so the server may still cut them.
  plain.on('error', () => undefined)
  await using rotating = await openRotatingPool({ credentials: live, max: MAX })

  const counts: [number[], number[], number[]] = [[], [], []]
  await countQueries(plain)
  await countQueries(rotating)
  for (let round = 0; round < ROUNDS; round += 1) {
    counts[0].push(await countQueries(plain))
    counts[1].push(await countQueries(rotating))
    const stop = new AbortController()
    const rotation = rotate((index) => {
      live.update(logins[index])
    }, stop.signal)
    counts[2].push(await countQueries(rotating))
    stop.abort()
    await rotation
    // The last change has left an empty pool; the next round at rest must not begin with ten logins.
    await countQueries(rotating)
  }
  await plain.end()

  const [base, ...others] = counts.map((values) => (median(values) * 1000) / ROUND_MS)
  const names = ['rotating pool, at rest', 'rotating pool, 4 changes a second']
  return {
    title: `Queries a second, ${MAX} at once`,
    rows: [
      { name: 'pg.Pool', perSecond: base ?? 0, ratio: 1 },
      ...others.map((perSecond, index) => ({
        name: names[index] ?? '',
        perSecond,
        ratio: perSecond / (base ?? 1),
      })),
    ],
    aim: 'at rest at least 0.98',
    note: `median of ${ROUNDS} rounds of ${ROUND_MS} ms, contenders taking turns; each change opens ${MAX} new connections`,
  }
}

type Staged = StagedSecret<DatabaseCredentials>

async function admitTwo(server: Postgres): Promise<[Staged, Staged]> {
  const admin = new pg.Client({ connectionString: server.adminUrl.expose() })
  await admin.connect()
  await createOwnerRole(admin, 'app')
  const admit = async (login: string): Promise<Staged> => {
    const password = Secret.of(randomBytes(24).toString('hex'), 'DATABASE_APP')
    await admitLogin(admin, { ownerRole: 'app', login, password })
    const { host, port } = server
    const credentials = {
      user: login,
      password: password.expose(),
      host,
      port,
      database: 'postgres',
    }
    const value = Secret.of(credentials, 'DATABASE_APP')
    const name = 'DATABASE_APP'
    return {
      name,
      revision: login,
      current: { name, version: login, stage: 'current', value, sensitive: [] },
    }
  }
  const logins: [Staged, Staged] = [await admit('app_g1'), await admit('app_g2')]
  await admin.end()
  return logins
}

async function countQueries(pool: pg.Pool): Promise<number> {
  let count = 0
  const endMs = performance.now() + ROUND_MS
  const worker = async () => {
    while (performance.now() < endMs) {
      await pool.query('select 1')
      count += 1
    }
  }
  await Promise.all(Array.from({ length: MAX }, worker))
  return count
}

async function rotate(change: (index: 0 | 1) => void, signal: AbortSignal): Promise<void> {
  for (let index: 0 | 1 = 1; !signal.aborted; index = index === 1 ? 0 : 1) {
    change(index)
    await delay(ROTATE_EVERY_MS)
  }
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
