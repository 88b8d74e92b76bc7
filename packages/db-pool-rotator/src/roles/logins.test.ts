import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Secret } from '@rekey/secret'
import { openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DatabaseCredentials, proveLogin } from '../index.ts'
import {
  type Admission,
  admitLogin,
  compareLogins,
  createOwnerRole,
  listLogins,
  nextLoginName,
  revokeLogin,
  type Session,
  sessionsOf,
} from './index.ts'

/** The catalogues differ: 16 brought grant options, 17 the privilege MAINTAIN. Debian's package is used where it is. */
const DEBIAN_15 = '/usr/lib/postgresql/15/bin'
const servers: [string, string | undefined][] = [['PostgreSQL 18', undefined]]
if (existsSync(DEBIAN_15)) servers.push(['PostgreSQL 15', DEBIAN_15])

const newPassword = () => Secret.of(randomBytes(24).toString('hex'), 'DATABASE_APP')

describe.each(servers)('on %s', (_, binDirectory) => {
  let server: Postgres
  let admin: pg.Client
  let owners: string[]
  const clients: pg.Client[] = []

  beforeAll(async () => {
    server = await openPostgres({
      settings: { log_statement: 'all', max_connections: 20 },
      ...(binDirectory === undefined ? {} : { binDirectory }),
    })
  })
  afterAll(() => server.close())

  beforeEach(async () => {
    admin = new pg.Client({ connectionString: server.adminUrl.expose() })
    await admin.connect()
    owners = []
    await createOwner('app')
  })
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.end()))
    for (const owner of owners) {
      for (const { name } of await listLogins(admin, owner)) {
        await admin.query(`drop owned by ${pg.escapeIdentifier(name)}`)
        await revokeLogin(admin, { login: name, deadlineMs: 0 })
      }
      await admin.query(`drop owned by ${pg.escapeIdentifier(owner)} cascade`)
      await admin.query(`drop role ${pg.escapeIdentifier(owner)}`)
    }
    await admin.end()
  })

  async function createOwner(name: string) {
    owners.push(name)
    await createOwnerRole(admin, name)
  }

  async function admit(
    login = 'app_g1',
    options: Partial<Admission> = {},
  ): Promise<DatabaseCredentials> {
    const password = options.password ?? newPassword()
    await admitLogin(admin, { ownerRole: 'app', login, password, ...options })
    return credentialsOf(login, password)
  }

  const credentialsOf = (user: string, password: Secret): DatabaseCredentials => ({
    user,
    password: password.expose(),
    host: server.host,
    port: server.port,
    database: 'postgres',
  })

  const prove = (credentials: DatabaseCredentials, owner = 'app') =>
    proveLogin(Secret.of(credentials, 'DATABASE_APP'), owner)

  async function connect(credentials: DatabaseCredentials, name = 'test'): Promise<pg.Client> {
    const client = new pg.Client({ ...credentials, application_name: name })
    client.on('error', () => undefined)
    await client.connect()
    clients.push(client)
    return client
  }

  describe('an admitted login', () => {
    it('acts as its owner role, which then owns what it makes', async () => {
      const client = await connect(await admit())
      await client.query('create temp table mine ()')
      const { rows } = await client.query(
        `select pg_get_userbyid(relowner) as owner from pg_class where relname = 'mine'`,
      )
      expect(rows).toEqual([{ owner: 'app' }])
    })

    it('is made without its password ever reaching the server log', async () => {
      const credentials = await admit()
      await prove(credentials)
      const log = await readFile(server.logPath, 'utf8')
      expect(log).toContain('app_g1')
      expect(log).not.toContain(credentials.password)
    })

    it('R3: gets a new password when it is admitted again, and no second role', async () => {
      const lost = await admit()
      const again = await admit()
      await expect(prove(lost)).rejects.toMatchObject({ code: 'rejected' })
      await expect(prove(again)).resolves.toMatchObject({ currentUser: 'app' })
      expect(await listLogins(admin, 'app')).toMatchObject([{ name: 'app_g1' }])
    })

    it('R7: is made once when two rotators admit it together', async () => {
      const second = new pg.Client({ connectionString: server.adminUrl.expose() })
      await second.connect()
      clients.push(second)
      const password = newPassword()
      const admission = { ownerRole: 'app', login: 'app_g1', password }
      await Promise.all([admitLogin(admin, admission), admitLogin(second, admission)])
      await expect(prove(credentialsOf('app_g1', password))).resolves.toBeDefined()
    })

    it('R2: leaves nothing behind when it cannot be finished', async () => {
      await expect(admit('app_g1', { like: 'nobody' })).rejects.toMatchObject({ code: 'missing' })
      expect(await listLogins(admin, 'app')).toEqual([])
    })

    const names: Record<string, string> = {
      'double quotes': 'a"b"; drop role app; --',
      'single quotes and backslashes': `o'brien\\'`,
      'spaces and capitals': 'My App',
      'letters beyond ASCII': 'münze_日本',
      'as many bytes as fit': 'x'.repeat(60),
    }
    it.each(Object.entries(names))('may have an owner whose name has %s', async (_kind, owner) => {
      await createOwner(owner)
      const login = nextLoginName(owner)
      const credentials = await admit(login, { ownerRole: owner })
      await expect(prove(credentials, owner)).resolves.toEqual({
        currentUser: owner,
        sessionUser: login,
      })
      expect(await listLogins(admin, owner)).toMatchObject([{ name: login, canLogin: true }])
      expect(await revokeLogin(admin, { login, deadlineMs: 0 })).toMatchObject({ dropped: true })
    })

    it('is refused under a name that is not free, reserved or too long', async () => {
      const refused = { code: 'refused' }
      await expect(admit('postgres')).rejects.toMatchObject(refused)
      await expect(admit('app', { like: 'app' })).rejects.toMatchObject(refused)
      await expect(admit('pg_x')).rejects.toMatchObject({ code: 'malformed' })
      await expect(admit('x'.repeat(64))).rejects.toMatchObject({ code: 'malformed' })
      expect(() => nextLoginName('x'.repeat(61))).toThrow('63 bytes')
    })

    it('is refused for an owner that can log in, and with a password that needs preparation', async () => {
      await expect(admit('x_g1', { ownerRole: 'postgres' })).rejects.toMatchObject({
        code: 'refused',
      })
      const password = Secret.of(`ü${newPassword().expose()}`, 'DATABASE_APP')
      await expect(admit('app_g1', { password })).rejects.toMatchObject({ code: 'malformed' })
    })

    it('is numbered on from the one before', () => {
      expect(nextLoginName('app')).toBe('app_g1')
      expect(nextLoginName('app', 'app_g9')).toBe('app_g10')
      expect(nextLoginName('app', 'legacy')).toBe('app_g1')
      expect(nextLoginName('app', 'app_g01')).toBe('app_g1')
    })
  })

  describe('a login made like another', () => {
    beforeEach(async () => {
      await admit('app_g1')
      await admin.query(`create role readers; grant readers to app_g1 with admin option`)
      await admin.query(
        `alter role app_g1 connection limit 7 valid until '2040-01-01' createdb noinherit`,
      )
      await admin.query(`alter role app_g1 set search_path = 'a "b', public, '$user'`)
      await admin.query(`alter role app_g1 set statement_timeout = '7s'`)
      await admin.query(`alter role app_g1 in database postgres set my.custom = 'it''s = "so"'`)
    })
    afterEach(() => admin.query('drop owned by readers; drop role readers'))

    it('R16: has no difference to it', async () => {
      await admit('app_g2', { like: 'app_g1' })
      expect(await compareLogins(admin, 'app_g1', 'app_g2')).toEqual([])
    })

    it('R16: has every difference named once it is changed', async () => {
      await admit('app_g2', { like: 'app_g1' })
      await admin.query(`create table orders (id int, price int)`)
      await admin.query(
        `grant select on orders to app_g1; grant update (price) on orders to app_g1`,
      )
      await admin.query(`create sequence counter; grant usage on sequence counter to app_g2`)
      await admin.query(`alter role app_g2 connection limit 8 inherit`)
      await admin.query(
        `alter role app_g2 set search_path = 'a "b, public'; revoke readers from app_g2`,
      )
      const differences = await compareLogins(admin, 'app_g1', 'app_g2')
      await admin.query('drop table orders; drop sequence counter')
      expect(differences.map(({ kind, name }) => `${kind}: ${name}`)).toEqual([
        'attribute: rolinherit',
        'attribute: rolconnlimit',
        'membership: readers',
        'setting: search_path',
        'privilege: UPDATE on column orders.price',
        'privilege: USAGE on sequence public.counter',
        'privilege: SELECT on table public.orders',
      ])
    })
  })

  describe('a revoked login', () => {
    it('is gone once its sessions have ended by themselves', async () => {
      const client = await connect(await admit())
      const revoking = revokeLogin(admin, { login: 'app_g1', deadlineMs: 10_000 })
      await client.query('select pg_sleep(0.3)')
      await client.end()
      expect(await revoking).toEqual({ dropped: true, ended: 0 })
      expect(await listLogins(admin, 'app')).toEqual([])
    })

    it('R5: can be revoked again after a crash, and when it is gone already', async () => {
      await admit()
      await admin.query('alter role app_g1 nologin')
      expect(await listLogins(admin, 'app')).toEqual([
        { name: 'app_g1', canLogin: false, sessions: 0 },
      ])
      expect(await revokeLogin(admin, { login: 'app_g1', deadlineMs: 0 })).toEqual({
        dropped: true,
        ended: 0,
      })
      expect(await revokeLogin(admin, { login: 'app_g1', deadlineMs: 0 })).toEqual({
        dropped: false,
        ended: 0,
      })
    })

    it('R18: lets a long transaction work until the deadline, then names and ends it', async () => {
      const client = await connect(await admit(), 'nightly-report')
      await client.query('begin')
      const startMs = Date.now()
      const stragglers: Session[] = []
      const report = await revokeLogin(admin, {
        login: 'app_g1',
        deadlineMs: 500,
        onStraggler: (session) => stragglers.push(session),
      })
      expect(Date.now() - startMs).toBeGreaterThanOrEqual(500)
      expect(report).toEqual({ dropped: true, ended: 1 })
      expect(stragglers).toMatchObject([
        {
          applicationName: 'nightly-report',
          clientAddress: '127.0.0.1',
          state: 'idle in transaction',
        },
      ])
      await expect(client.query('select 1')).rejects.toThrow()
    })

    it('R19: ends sessions that act as another role, whose rights a DROP would have left to them', async () => {
      const credentials = await admit()
      const [first, second] = [await connect(credentials), await connect(credentials)]
      await first.query('set role app')
      expect(await sessionsOf(admin, 'app_g1')).toHaveLength(2)
      const report = await revokeLogin(admin, { login: 'app_g1', deadlineMs: 0 })
      expect(report).toEqual({ dropped: true, ended: 2 })
      await expect(first.query('select 1')).rejects.toThrow()
      await expect(second.query('select 1')).rejects.toThrow()
      await expect(prove(credentials)).rejects.toMatchObject({ code: 'rejected' })
    })

    it('R21: is closed but kept while it owns something, which is named', async () => {
      const client = await connect(await admit())
      await admin.query('grant create on schema public to app_g1')
      await client.query('set role none; create table stray ()')
      await client.end()
      const revocation = { login: 'app_g1', deadlineMs: 0 }
      await expect(revokeLogin(admin, revocation)).rejects.toMatchObject({
        code: 'refused',
        message: expect.stringMatching(/privileges of schema public.*owns table stray/) as string,
        details: { blockers: 2 },
      })
      expect(await listLogins(admin, 'app')).toEqual([
        { name: 'app_g1', canLogin: false, sessions: 0 },
      ])
      await admin.query(
        'reassign owned by app_g1 to app; revoke create on schema public from app_g1',
      )
      expect(await revokeLogin(admin, revocation)).toMatchObject({ dropped: true })
    })

    it('R22: is kept while it owns something in another database, which is named', async () => {
      await admit()
      await admin.query('create database elsewhere owner app_g1')
      await expect(revokeLogin(admin, { login: 'app_g1', deadlineMs: 0 })).rejects.toThrow(
        /owns database elsewhere/,
      )
      await admin.query('alter database elsewhere owner to postgres')
      const url = new URL(server.adminUrl.expose())
      url.pathname = '/elsewhere'
      const there = new pg.Client({ connectionString: url.href })
      await there.connect()
      await there.query('create table stray (); alter table stray owner to app_g1')
      await there.end()
      await expect(revokeLogin(admin, { login: 'app_g1', deadlineMs: 0 })).rejects.toThrow(
        /owns 1 object\(s\) in database elsewhere/,
      )
      await admin.query('drop database elsewhere')
      expect(await revokeLogin(admin, { login: 'app_g1', deadlineMs: 0 })).toMatchObject({
        dropped: true,
      })
    })

    it('is never an administrator', async () => {
      const revocation = { login: 'postgres', deadlineMs: 0 }
      await expect(revokeLogin(admin, revocation)).rejects.toMatchObject({ code: 'refused' })
    })
  })

  it('an administrator needs CREATEROLE and the right to end sessions, and not more', async () => {
    const password = newPassword()
    await admin.query(`create role rotator login createrole password '${password.expose()}'`)
    await admin.query('grant app to rotator with admin option; grant pg_signal_backend to rotator')
    const rotator = await connect(credentialsOf('rotator', password))
    const first = newPassword()
    await admitLogin(rotator, { ownerRole: 'app', login: 'app_g1', password: first })
    await connect(credentialsOf('app_g1', first))
    await admitLogin(rotator, {
      ownerRole: 'app',
      login: 'app_g2',
      password: newPassword(),
      like: 'app_g1',
    })
    expect(await compareLogins(rotator, 'app_g1', 'app_g2')).toEqual([])
    expect(await revokeLogin(rotator, { login: 'app_g1', deadlineMs: 0 })).toEqual({
      dropped: true,
      ended: 1,
    })
    expect(await listLogins(rotator, 'app')).toMatchObject([{ name: 'app_g2' }])
    await revokeLogin(rotator, { login: 'app_g2', deadlineMs: 0 })
    await rotator.end()
    await admin.query('drop role rotator')
  })
})
