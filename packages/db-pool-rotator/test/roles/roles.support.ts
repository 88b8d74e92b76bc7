import { randomBytes } from 'node:crypto'
import { Secret } from '@rekey/secret'
import { findPostgresServers, openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest'
import { parseConnectionUrl, type DatabaseCredentials } from '../../src/index.ts'
import { type Admission, type Difference, inTransaction } from '../../src/roles/internal.ts'
import { admitLogin, createOwnerRole } from '../../src/roles/index.ts'
import { type DatabaseAccess, databaseAccess } from '../../src/roles/inspection.ts'

const SERVERS = await findPostgresServers()

/** A password made for the occasion. */
export const newPassword = () => Secret.of(randomBytes(24).toString('hex'), 'DATABASE_APP')

/** Differences, each in a line. */
export const named = (differences: readonly Difference[]) =>
  differences.map(({ kind, object, database, first, second }) =>
    [`${kind}: ${object}`, database && `in ${database}`, `${first || '-'} / ${second || '-'}`]
      .filter(Boolean)
      .join(' '),
  )

/** A server, its superuser, and the connections that a test opens. */
export class Lab {
  readonly server: Postgres
  readonly admin: pg.Client
  readonly #clients: pg.Client[] = []

  constructor(server: Postgres) {
    this.server = server
    this.admin = new pg.Client({ connectionString: server.adminUrl.expose() })
  }

  /** The superuser's way into every database. */
  get access(): DatabaseAccess {
    return databaseAccess(this.admin, parseConnectionUrl(this.server.adminUrl.expose()))
  }

  /** The server's major version. */
  async version(): Promise<number> {
    const text = `select current_setting('server_version_num')::int / 10000 as version`
    return (await this.admin.query<{ version: number }>(text)).rows[0]?.version ?? 0
  }

  /** Runs statements one by one, as the superuser. */
  async run(...statements: string[]): Promise<void> {
    for (const statement of statements) await this.admin.query(statement)
  }

  /** Runs statements in another database, as the superuser. */
  async runIn(database: string, ...statements: string[]): Promise<void> {
    await this.access.open(database, async (client) => {
      await client.query('reset search_path')
      for (const statement of statements) await client.query(statement)
    })
  }

  /** Makes a login of `app`, in a transaction, with `admin` or another administrator. */
  async admit(
    login = 'app_g1',
    options: Partial<Admission> = {},
    admin: pg.ClientBase = this.admin,
  ): Promise<DatabaseCredentials> {
    const password = options.password ?? newPassword()
    const admission = { ownerRole: 'app', login, password, ...options }
    await inTransaction(admin, () => admitLogin(admin, admission))
    return this.credentials(login, password)
  }

  credentials(user: string, password: Secret, database = 'postgres'): DatabaseCredentials {
    const { host, port } = this.server
    return { user, password: password.expose(), host, port, database }
  }

  async connect(credentials: DatabaseCredentials, name = 'test'): Promise<pg.Client> {
    const client = new pg.Client({ ...credentials, application_name: name })
    client.on('error', () => undefined)
    await client.connect()
    this.#clients.push(client)
    return client
  }

  /** An administrator with the least rights that a rotation needs. */
  async connectRotator(): Promise<{ rotator: pg.Client; access: DatabaseAccess }> {
    const password = newPassword()
    const onlyAdmin =
      (await this.version()) >= 16 ? 'admin true, inherit false, set false' : 'admin option'
    await this.run(
      `create role rotator login createrole password '${password.expose()}'`,
      `grant app to rotator with ${onlyAdmin}`,
      'grant pg_signal_backend to rotator',
    )
    const credentials = this.credentials('rotator', password)
    const rotator = await this.connect(credentials)
    return { rotator, access: databaseAccess(rotator, credentials) }
  }

  /** Leaves the server as it came. */
  async reset(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.end()))
    const names = async (text: string) => {
      const { rows } = await this.admin.query<{ name: string }>(text)
      return rows.map(({ name }) => pg.escapeIdentifier(name))
    }
    const databases = `select datname as name from pg_database where oid >= 16384`
    for (const name of await names(databases)) await this.run(`drop database ${name} with (force)`)
    await this.run(
      'drop schema public cascade; create schema public; grant usage on schema public to public',
      'drop schema if exists s, shop, other cascade',
      'grant connect, temporary on database postgres to public; grant usage on language plpgsql to public',
      'select lo_unlink(oid) from pg_largeobject_metadata',
    )
    const roles = await names('select rolname as name from pg_roles where oid >= 16384')
    for (const name of roles) await this.run(`drop owned by ${name} cascade`)
    for (const name of roles) await this.run(`drop role ${name}`)
    const spaces = 'select spcname as name from pg_tablespace where oid >= 16384'
    for (const name of await names(spaces)) await this.run(`drop tablespace ${name}`)
  }
}

/** Runs the tests on every server that there is, each with the owner role `app` and nothing else. */
export function describeOnServers(
  define: (lab: () => Lab) => void,
  settings: Readonly<Record<string, string | number>> = {},
): void {
  describe.each(SERVERS)('on %s', (_, binDirectory) => {
    let server: Postgres
    let lab: Lab
    beforeAll(async () => {
      server = await openPostgres({
        settings: { max_connections: 20, ...settings },
        ...(binDirectory === undefined ? {} : { binDirectory }),
      })
    })
    afterAll(() => server.close())
    beforeEach(async () => {
      lab = new Lab(server)
      await lab.admin.connect()
      await createOwnerRole(lab.admin, 'app')
    })
    afterEach(async () => {
      await lab.reset()
      await lab.admin.end()
    })
    define(() => lab)
  })
}
