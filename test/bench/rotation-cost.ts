import { randomBytes } from 'node:crypto'
import { admitLogin, createOwnerRole } from '@rekey/db-pool-rotator/roles'
import {
  closeLogin,
  compareLogins,
  dropLogin,
  inTransaction,
} from '@rekey/db-pool-rotator/internal/roles'
import { Secret } from '@rekey/secret'
import { openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { type BenchRow, type BenchTable, effort } from './bench-table.ts'

const SIZES = effort([10, 1_000, 10_000], [10])
const ROUNDS = effort(5, 1)

/** What one rotation costs the server. */
interface Cost {
  readonly ms: number
  readonly walBytes: number
  /** Rows of `pg_authid`, `pg_auth_members` and `pg_shdepend` that are there for the new login. */
  readonly catalogueRows: number
}

/** How to make a login, prove its rights, and drop the one before. */
interface Way {
  readonly name: string
  admit(admin: pg.Client, login: string, old: string): Promise<void>
  drop(admin: pg.Client, old: string): Promise<void>
}

/**
 * Rotations of one database login: by an owner role, rights compared; and, as peer, the common way of granting the new login
 * each right anew and revoking each from the old one, nothing compared.
 */
export async function benchRotationCost(): Promise<BenchTable> {
  // DROP OWNED locks each table: with the default of 64 the peer fails beyond some 6,000 tables.
  await using server = await openPostgres({ settings: { max_locks_per_transaction: 1024 } })
  const admin = new pg.Client({ connectionString: server.adminUrl.expose() })
  await admin.connect()
  await createOwnerRole(admin, 'app')
  const rows: BenchRow[] = []
  let made = 0
  for (const tables of SIZES) {
    await makeTables(admin, made, tables)
    made = tables
    for (const [name, { ms, walBytes, catalogueRows }] of await measure(admin)) {
      const perSecond = 1000 / ms
      const size = `${tables.toLocaleString('en')} tables`
      const cost = `${(walBytes / 1024).toFixed(1)} kB of WAL, ${catalogueRows} rows`
      const ratio = perSecond / (rows[0]?.perSecond ?? perSecond)
      rows.push({ name: `${name}, ${size}: ${cost}`, perSecond, ratio })
    }
  }
  await admin.end()
  return {
    title: 'Rotations of one database login a second',
    rows,
    aim: 'by owner role the same WAL and rows at any number of tables, and at least 0.8 of the rate',
    note: `median of ${ROUNDS} rounds, ways taking turns; without the wait for sessions, of which there are none`,
  }
}

async function makeTables(admin: pg.Client, from: number, to: number): Promise<void> {
  const step = 500
  for (let first = from; first < to; first += step) {
    await admin.query(`do $$ begin
      for n in ${first} .. ${Math.min(first + step, to) - 1} loop
        execute format('create table t%s (a int)', n);
        execute format('grant select, insert on t%s to app', n);
      end loop;
    end $$`)
  }
  await admin.query('vacuum analyze')
}

const BY_OWNER_ROLE: Way = {
  name: 'owner role',
  async admit(admin, login, old) {
    const password = Secret.of(newPassword(), 'DATABASE_APP')
    const admission = { ownerRole: 'app', login, password, like: old }
    await inTransaction(admin, () => admitLogin(admin, admission))
    await compareLogins(admin, old, login)
  },
  async drop(admin, old) {
    await closeLogin(admin, old)
    await inTransaction(admin, () => dropLogin(admin, old))
  },
}

const BY_COPYING: Way = {
  name: 'every grant copied',
  async admit(admin, login) {
    await admin.query(`begin; create role ${login} login password '${newPassword()}'`)
    await admin.query(`do $$ declare g record; begin
      for g in select c.oid::regclass as name, string_agg(x.privilege_type, ', ') as privileges
          from pg_class c, aclexplode(c.relacl) x where x.grantee = 'app'::regrole group by c.oid loop
        execute format('grant %s on %s to ${login}', g.privileges, g.name);
      end loop;
    end $$`)
    await admin.query('commit')
  },
  async drop(admin, old) {
    await admin.query(
      `begin; alter role ${old} nologin; drop owned by ${old}; drop role ${old}; commit`,
    )
  },
}

function newPassword(): string {
  return randomBytes(24).toString('hex')
}

async function measure(admin: pg.Client): Promise<[string, Cost][]> {
  const ways = [BY_OWNER_ROLE, BY_COPYING].map((way, index) => ({
    way,
    costs: [] as Cost[],
    nameOf: (round: number) => `app_g${(round + 1) * 10 + index}`,
  }))
  await admitLogin(admin, {
    ownerRole: 'app',
    login: 'app_g10',
    password: Secret.of(newPassword(), 'DATABASE_APP'),
  })
  await BY_COPYING.admit(admin, 'app_g11', '')
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { way, costs, nameOf } of ways) {
      costs.push(await measureOnce(admin, way, nameOf(round), nameOf(round + 1)))
    }
  }
  for (const { way, nameOf } of ways) await way.drop(admin, nameOf(ROUNDS))
  return ways.map(({ way, costs }) => [way.name, medianOf(costs)])
}

async function measureOnce(admin: pg.Client, way: Way, old: string, login: string): Promise<Cost> {
  const [rowsBefore, walBefore] = [await countRows(admin), await walPosition(admin)]
  const startMs = performance.now()
  await way.admit(admin, login, old)
  const admittedMs = performance.now()
  const rows = await countRows(admin)
  const dropMs = performance.now()
  await way.drop(admin, old)
  const ms = performance.now() - dropMs + admittedMs - startMs
  const walBytes = (await walPosition(admin)) - walBefore
  return { ms, walBytes, catalogueRows: rows - rowsBefore }
}

async function walPosition(admin: pg.Client): Promise<number> {
  return askNumber(admin, `pg_current_wal_insert_lsn() - '0/0'::pg_lsn`)
}

async function countRows(admin: pg.Client): Promise<number> {
  const counts = ['pg_authid', 'pg_auth_members', 'pg_shdepend'].map(
    (name) => `(select count(*) from ${name})`,
  )
  return askNumber(admin, counts.join(' + '))
}

async function askNumber(admin: pg.Client, expression: string): Promise<number> {
  const { rows } = await admin.query<{ answer: number }>(`select (${expression})::float8 as answer`)
  return rows[0]?.answer ?? 0
}

function medianOf(costs: readonly Cost[]): Cost {
  const median = (pick: (cost: Cost) => number) =>
    costs.map(pick).sort((a, b) => a - b)[Math.floor(costs.length / 2)] ?? 0
  return {
    ms: median(({ ms }) => ms),
    walBytes: median(({ walBytes }) => walBytes),
    catalogueRows: median(({ catalogueRows }) => catalogueRows),
  }
}
