import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { createLiveSecret, type SettableSecret } from '@rekey/secret/internal'
import { Secret, type StagedSecret } from '@rekey/secret'
import { findPostgresServers, openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import {
  type DatabaseCredentials,
  openRotatingPool,
  type RotatingPool,
  type RotatingPoolOptions,
} from '../src/index.ts'
import type { RotationEvents } from '../src/internal.ts'
import { admitLogin, createOwnerRole, nextLoginName } from '../src/roles/index.ts'
import { inTransaction } from '../src/roles/internal.ts'

/** The role that all logins act as. */
export const OWNER = 'app'

/** The servers that everything is tested on. */
export const SERVERS = await findPostgresServers()

export type Staged = StagedSecret<DatabaseCredentials>

/** The credentials with a password that is not theirs. */
export function wrong(credentials: DatabaseCredentials): DatabaseCredentials {
  return { ...credentials, password: randomBytes(24).toString('hex') }
}

/** The credentials as the current version, under a name that was not used before. */
export function stage(credentials: DatabaseCredentials): Staged {
  const value = Secret.of(credentials, 'DATABASE_APP')
  const version = `v-${credentials.user}-${randomBytes(4).toString('hex')}`
  const current = { name: 'DATABASE_APP', version, stage: 'current', value, sensitive: [] } as const
  return { name: 'DATABASE_APP', revision: version, current }
}

/** The next event of that name. Not `events.once`, which also fails on the pool's `error` event. */
export function toldBy<E extends keyof RotationEvents>(
  pool: RotatingPool,
  event: E,
): Promise<RotationEvents[E]> {
  return new Promise((resolve) => pool.once(event, resolve))
}

/** Asks until the answer is as expected, for as long as a loaded machine may need. */
export function eventually(ask: () => unknown): ReturnType<typeof expect.poll> {
  return expect.poll(ask, { timeout: 10_000, interval: 20 })
}

/** Whom the pool logs in as. */
export async function sessionUser(pool: pg.Pool): Promise<string | undefined> {
  return (await pool.query<{ name: string }>('select session_user as name')).rows[0]?.name
}

/** The names of all rotation events from now on. */
export function recordEvents(pool: RotatingPool): string[] {
  const names: string[] = []
  const events = ['rotating', 'draining', 'drained', 'rejected', 'unreachable', 'lost'] as const
  for (const name of events) pool.on(name, () => names.push(name))
  return names
}

/** A database with one owner role, a first login, and what a service would hold of it. */
export class Fixture {
  server!: Postgres
  admin!: pg.Client
  live!: SettableSecret<DatabaseCredentials>
  /** The newest login. */
  login = ''
  /** What the store answers when it is asked anew; nothing new by default. */
  answer: () => Staged | undefined = () => undefined
  /** Whether the store never answers. */
  silent = false
  /** How often it was asked. */
  asked = 0
  readonly #pools: RotatingPool[] = []

  async begin(): Promise<void> {
    this.admin = await this.connectAdmin()
    await createOwnerRole(this.admin, OWNER)
    this.answer = () => undefined
    this.asked = 0
    this.silent = false
    this.live = createLiveSecret(stage(await this.admit()), {
      refresh: async () => {
        this.asked += 1
        if (this.silent) await new Promise(() => undefined)
        const next = await Promise.resolve(this.answer())
        if (next !== undefined) this.live.update(next)
      },
    })
  }

  async finish(): Promise<void> {
    await Promise.all(this.#pools.splice(0).map((pool) => pool[Symbol.asyncDispose]()))
    for (const name of await this.logins()) await this.drop(name)
    await this.admin.end()
  }

  async connectAdmin(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.server.adminUrl.expose() })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }

  /** Makes the next login of the owner role. */
  async admit(): Promise<DatabaseCredentials> {
    const login = nextLoginName(OWNER, this.login)
    const password = Secret.of(randomBytes(24).toString('hex'), 'DATABASE_APP')
    await inTransaction(this.admin, () =>
      admitLogin(this.admin, { ownerRole: OWNER, login, password }),
    )
    this.login = login
    const { host, port } = this.server
    return { user: login, password: password.expose(), host, port, database: 'postgres' }
  }

  async open(options: Partial<RotatingPoolOptions> = {}): Promise<RotatingPool> {
    const pool = await openRotatingPool({ credentials: this.live, max: 4, ...options })
    this.#pools.push(pool)
    return pool
  }

  /** Switches the pool to `next` and waits until no connection of the version before is left. */
  async switchTo(pool: RotatingPool, next: DatabaseCredentials): Promise<void> {
    const drained = toldBy(pool, 'drained')
    this.live.update(stage(next))
    await drained
  }

  /** The login roles of the owner. */
  async logins(): Promise<string[]> {
    const { rows } = await this.admin.query<{ name: string }>(
      `select rolname as name from pg_roles where rolname like $1 order by oid`,
      [`${OWNER}\\_g%`],
    )
    return rows.map(({ name }) => name)
  }

  async sessions(login = this.login): Promise<number> {
    const { rows } = await this.admin.query<{ count: number }>(
      `select count(*)::int from pg_stat_activity
       where usesysid = (select oid from pg_roles where rolname = $1)`,
      [login],
    )
    return rows[0]?.count ?? 0
  }

  /** Ends the sessions of a login and drops it. */
  async drop(login: string): Promise<void> {
    const name = pg.escapeIdentifier(login)
    await this.admin.query(`alter role ${name} nologin`)
    while ((await this.sessions(login)) > 0) {
      await this.terminate(login)
      await delay(5)
    }
    await this.admin.query(`drop role ${name}`)
  }

  async terminate(login = this.login): Promise<void> {
    await this.admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = $1`,
      [login],
    )
  }
}

/** A {@link Fixture} on a server of its own, new for each test of the surrounding `describe`. */
export function useFixture(
  binDirectory: string | undefined,
  settings: Readonly<Record<string, string | number>> = {},
): Fixture {
  const fixture = new Fixture()
  beforeAll(async () => {
    const bin = binDirectory === undefined ? {} : { binDirectory }
    fixture.server = await openPostgres({ settings: { max_connections: 40, ...settings }, ...bin })
  })
  afterAll(() => fixture.server.close())
  beforeEach(() => fixture.begin())
  afterEach(() => fixture.finish())
  return fixture
}
