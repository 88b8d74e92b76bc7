import { randomBytes } from 'node:crypto'
import { on } from 'node:events'
import {
  type DatabaseCredentials,
  openRotatingPool,
  type RotatingPool,
  type RotatingPoolOptions,
} from '@rekey/db-pool-rotator'
import {
  admitLogin,
  createOwnerRole,
  listLogins,
  nextLoginName,
} from '@rekey/db-pool-rotator/roles'
import { revokeLogin, inTransaction } from '@rekey/db-pool-rotator/internal/roles'
import { createLiveSecret, type SettableSecret } from '@rekey/secret/internal'
import { Secret, type StagedSecret } from '@rekey/secret'
import {
  findPostgresServers,
  isExhaustive,
  type Postgres,
  type PostgresOptions,
} from '@rekey/testbed'
import pg from 'pg'

/** The oldest and the newest server, and how each is opened. For `describe.each`. */
export const postgresServers = (await findPostgresServers())
  .slice(0, isExhaustive ? undefined : 1)
  .map(([name, binDirectory]): [string, PostgresOptions] => [
    name,
    binDirectory === undefined ? {} : { binDirectory },
  ])

/** The role that owns the schema and all that the application makes. */
export const OWNER = 'app'

/** For a run of ten rotations, which takes a tenth of it on an idle machine. */
export const TEST_TIMEOUT_MS = 60_000

const SECRET = 'DATABASE_APP'
const TIMEOUT_MS = 30_000

/** Where and how the pool connects; default: at the server itself. */
export interface RotatingDatabaseOptions extends Omit<
  RotatingPoolOptions,
  'credentials' | 'ownerRole'
> {
  readonly at?: { readonly host: string; readonly port: number }
}

/** A database whose login changes whenever it is told to, and the pool that must follow. */
export interface RotatingDatabase extends AsyncDisposable {
  readonly pool: RotatingPool
  readonly admin: pg.Client
  /** The name of the login that is valid. */
  readonly login: string
  /**
   * Makes the next login and switches to it, until the pool has only `held` connections of the old one left. Returns the name
   * of the old one, which stays valid.
   */
  switchLogin(held?: number): Promise<string>
  /** Drops a login as soon as it has no sessions. Returns how many of them were still open at the deadline, and were ended. */
  dropLogin(login: string, deadlineMs?: number): Promise<number>
  /** Both. `held` are the connections that the application keeps for as long as it runs; they end with their login. */
  rotate(held?: number): Promise<void>
  /** All that went wrong with the pool, the logins or the rows of `notes`; nothing did if each list is empty. */
  flaws(ledger: Outcome): Promise<Flaws>
}

/** The failures of a run, and the ids of the rows of `notes` that it wrote. */
interface Outcome {
  readonly failures: readonly unknown[]
  readonly kept: readonly number[]
}

/** See {@link RotatingDatabase.flaws}. */
export interface Flaws {
  readonly failures: readonly unknown[]
  /** What the pool told beside the normal course of a rotation. */
  readonly told: readonly string[]
  readonly loginsLeft: readonly string[]
  readonly rowsLost: readonly number[]
  /** Doubled, or rolled back and there all the same. */
  readonly rowsTooMany: readonly number[]
}

/** What {@link RotatingDatabase.flaws} says when all is well. */
export const NO_FLAWS: Flaws = {
  failures: [],
  told: [],
  loginsLeft: [],
  rowsLost: [],
  rowsTooMany: [],
}

/** Makes the owner role with a schema of its own, which `$user` finds, its first login, and a pool on it. */
export async function openRotatingDatabase(
  server: Postgres,
  options: RotatingDatabaseOptions = {},
): Promise<RotatingDatabase> {
  const { at = server, ...config } = options
  const admin = new pg.Client({ connectionString: server.adminUrl.expose() })
  await admin.connect()
  await createOwnerRole(admin, OWNER)
  await admin.query(`create schema ${OWNER} authorization ${OWNER}`)
  const first = await admit(admin, nextLoginName(OWNER), at)
  const live = createLiveSecret(stage(first))
  const pool = await openRotatingPool({ max: 10, ...config, credentials: live, ownerRole: OWNER })
  return new Database(admin, at, live, pool)
}

class Database implements RotatingDatabase {
  readonly admin: pg.Client
  readonly pool: RotatingPool
  readonly #at: Address
  readonly #live: SettableSecret<DatabaseCredentials>
  readonly #told: string[] = []

  constructor(
    admin: pg.Client,
    at: Address,
    live: SettableSecret<DatabaseCredentials>,
    pool: RotatingPool,
  ) {
    this.admin = admin
    this.pool = pool
    this.#at = at
    this.#live = live
    for (const event of ['rejected', 'unreachable', 'lost'] as const) {
      pool.on(event, () => this.#told.push(event))
    }
  }

  get login(): string {
    return this.#live.current.value.expose().user
  }

  async switchLogin(held = 0): Promise<string> {
    const old = this.login
    const next = await admit(this.admin, nextLoginName(OWNER, old), this.#at)
    const left = this.#untilLeft(old, held)
    this.#live.update(stage(next))
    await left
    return old
  }

  async #untilLeft(version: string, held: number): Promise<void> {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const event = held === 0 ? 'drained' : 'draining'
    for await (const events of on(this.pool, event, { signal })) {
      const [told] = events as [{ version: string; left?: number }]
      if (told.version === version && (told.left ?? 0) <= held) return
    }
  }

  async dropLogin(login: string, deadlineMs = TIMEOUT_MS): Promise<number> {
    const { dropped, ended } = await revokeLogin(this.admin, { login, deadlineMs })
    if (!dropped) throw new Error(`${login} was dropped by somebody else`)
    return ended
  }

  async rotate(held = 0): Promise<void> {
    const old = await this.switchLogin(held)
    const [ended] = await Promise.all([
      this.dropLogin(old, held === 0 ? TIMEOUT_MS : 0),
      held === 0 ? undefined : this.#untilLeft(old, 0),
    ])
    if (ended !== held) throw new Error(`${ended} sessions were ended, not ${held}`)
  }

  async flaws({ failures, kept }: Outcome): Promise<Flaws> {
    const { rows } = await this.admin.query<{ id: number }>(`select id from ${OWNER}.notes`)
    const lost = new Set(kept)
    const rowsTooMany = rows.map(({ id }) => id).filter((id) => !lost.delete(id))
    const logins = (await listLogins(this.admin, OWNER)).map(({ name }) => name)
    return {
      failures,
      told: this.#told,
      loginsLeft: logins.filter((name) => name !== this.login),
      rowsLost: [...lost],
      rowsTooMany,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool[Symbol.asyncDispose]()
    await this.admin.end()
  }
}

type Address = Readonly<Pick<DatabaseCredentials, 'host' | 'port'>>

async function admit(admin: pg.Client, login: string, at: Address): Promise<DatabaseCredentials> {
  const password = Secret.of(randomBytes(24).toString('hex'), SECRET)
  await inTransaction(admin, () => admitLogin(admin, { ownerRole: OWNER, login, password }))
  const { host, port } = at
  return { user: login, password: password.expose(), host, port, database: 'postgres' }
}

function stage(credentials: DatabaseCredentials): StagedSecret<DatabaseCredentials> {
  const value = Secret.of(credentials, SECRET)
  const version = credentials.user
  const current = { name: SECRET, version, stage: 'current', value, sensitive: [] } as const
  return { name: SECRET, revision: version, current }
}
