import { randomBytes } from 'node:crypto'
import { proveLogin } from '@rekey/db-pool-rotator/internal'
import { admitLogin } from '@rekey/db-pool-rotator/roles'
import { revokeLogin, inTransaction, sessionsOf } from '@rekey/db-pool-rotator/internal/roles'
import { Secret } from '@rekey/secret'
import { findForTest } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { postgresServers } from '../rotating-database.ts'
import {
  asAdmin,
  openPooledDatabase,
  type PooledDatabase,
  runbookBlock,
} from './pooled-database.ts'

const { found, path: program } = await findForTest('pgbouncer')
const modes = ['session', 'transaction'].flatMap((poolMode) =>
  postgresServers.map(([name, postgres]) => ({ name, poolMode, postgres })),
)

/** What the runbook says; one connection to the server, so that what one client leaves behind the next one finds. */
describe.runIf(found).each(modes)(
  'PgBouncer with $poolMode pooling, $name',
  ({ poolMode, postgres }) => {
    let pooled: PooledDatabase
    let login: string
    let password: string
    let generation = 0

    beforeAll(async () => {
      pooled = await openPooledDatabase({
        program,
        poolMode,
        postgres,
        settings: { default_pool_size: 1 },
      })
      await asAdmin(pooled.server, 'postgres', (admin) => admin.query('create role app'))
    })
    afterAll(() => pooled[Symbol.asyncDispose]())

    beforeEach(async () => {
      generation += 1
      login = `app_g${generation}`
      password = randomBytes(24).toString('hex')
      const admission = { ownerRole: 'app', login, password: Secret.of(password, 'DATABASE_APP') }
      await administer((admin) => inTransaction(admin, () => admitLogin(admin, admission)))
    })
    afterEach(() => administer((admin) => revokeLogin(admin, { login, deadlineMs: 0 })))

    const administer = <T>(work: (admin: pg.Client) => Promise<T>) =>
      asAdmin(pooled.server, 'postgres', work)

    async function connect(config: pg.ClientConfig = {}): Promise<pg.Client> {
      const { host, port } = pooled.pooler
      const client = new pg.Client({
        host,
        port,
        database: 'postgres',
        user: login,
        password,
        ...config,
      })
      client.on('error', () => undefined)
      await client.connect()
      return client
    }

    /** One statement of a client that comes and goes. */
    async function ask(query: string | pg.QueryConfig, config?: pg.ClientConfig): Promise<unknown> {
      const client = await connect(config)
      try {
        const { rows } = await client.query<Record<string, unknown>>(query)
        return Object.values(rows[0] ?? {})[0]
      } finally {
        await client.end()
      }
    }

    const setting = (name: string, value: string | number) =>
      pooled.pooler.command(`set ${name} = '${value}'`)

    it('lets a new login in, and has it act as its owner role', async () => {
      expect(await ask('select current_user')).toBe('app')
    })

    it('gets no verifier of a superuser', async () => {
      const found = await administer(async (admin) => {
        await admin.query('set role pgbouncer')
        return admin.query(`select verifier from pgbouncer.user_lookup('postgres')`)
      })
      expect(found.rows).toEqual([{ verifier: null }])
    })

    it('lets nobody into a database that lacks the function', async () => {
      await administer((admin) => admin.query('create database other'))
      await expect(ask('select 1', { database: 'other' })).rejects.toThrow()
      const [, lookup = ''] = (await runbookBlock('sql')).split('create role pgbouncer login;')
      await asAdmin(pooled.server, 'other', (admin) => admin.query(lookup))
      expect(await ask('select 1 as one', { database: 'other' })).toBe(1)
    })

    it('refuses a wrong password and an unknown login, which a pool knows for what it is', async () => {
      const codeOf = (config: pg.ClientConfig) =>
        connect(config).then(
          () => 'let in',
          (error: unknown) => (error as { code?: string }).code,
        )
      const refusals = ['08P01', '28P01', '28000']
      expect(refusals).toContain(await codeOf({ password: 'wrong' }))
      expect(refusals).toContain(await codeOf({ user: 'nobody' }))
      const { host, port } = pooled.pooler
      const place = { host, port, database: 'postgres', user: login, password }
      for (const wrong of [{ password: randomBytes(16).toString('hex') }, { user: 'nobody' }]) {
        const proof = proveLogin(Secret.of({ ...place, ...wrong }, 'DATABASE_APP'))
        await expect(proof).rejects.toMatchObject({ code: 'rejected' })
      }
    })

    it('applies a setting of the login when it connects to the server, so after RECONNECT', async () => {
      await ask('select 1')
      await administer((admin) => admin.query(`alter role ${login} set work_mem = '7MB'`))
      expect(await ask('show work_mem')).toBe('4MB')
      await pooled.pooler.command('reconnect')
      expect(await ask('show work_mem')).toBe('7MB')
    })

    it('breaks off a connection that is being made at RECONNECT, and tries no other until server_login_retry', async () => {
      const poolOfLogin = async () => {
        const pools = await pooled.pooler.command('show pools')
        return pools.find(({ user }) => user === login)
      }
      await ask('select 1')
      await setting('server_login_retry', 60)
      const { answer } = await administer(async (admin) => {
        // A login reads this table once its password is accepted; the lookup of the password does not.
        await admin.query('begin; lock table pg_db_role_setting in access exclusive mode')
        await admin.query('select pg_terminate_backend($1)', [
          (await sessionsOf(admin, login))[0]?.pid,
        ])
        const waiting = ask('select 1 as one')
        await expect.poll(poolOfLogin).toMatchObject({ sv_login: 1 })
        await pooled.pooler.command('reconnect')
        await admin.query('commit')
        return { answer: waiting }
      })
      await expect(connect({ user: 'nobody' })).rejects.toThrow()
      expect(await poolOfLogin()).toMatchObject({ cl_waiting: 1, sv_login: 0 })
      await setting('server_login_retry', 1)
      expect(await answer).toBe(1)
    })

    it('keeps what a client has set for the next one, in transaction pooling', async () => {
      await ask('set role none')
      expect(await ask('select current_user')).toBe(poolMode === 'session' ? 'app' : login)
      await setting('server_reset_query_always', 1)
      await ask('set role none')
      expect(await ask('select current_user')).toBe('app')
      await setting('server_reset_query_always', 0)
    })

    it('refuses settings at the start of a session, or ignores them if told to', async () => {
      const config = { statement_timeout: 1234 }
      await expect(ask('show statement_timeout', config)).rejects.toThrow('statement_timeout')
      await setting('ignore_startup_parameters', 'statement_timeout')
      expect(await ask('show statement_timeout', config)).toBe('0')
      await setting('ignore_startup_parameters', '')
    })

    it('passes the application name on, and is itself the client of the server', async () => {
      const client = await connect({ application_name: 'orders' })
      await client.query('select 1')
      const [session] = await administer((admin) => sessionsOf(admin, login))
      const servers = await pooled.pooler.command('show servers')
      await client.end()
      expect(session?.applicationName).toBe('orders')
      expect(servers.map((server) => server['local_port'])).toContain(session?.clientPort)
    })

    it('knows named statements in session pooling, otherwise with max_prepared_statements', async () => {
      const settings = await pooled.pooler.command('show config')
      const most = settings.find(({ key }) => key === 'max_prepared_statements')?.['value'] ?? 0
      const statement = { name: 'one', text: 'select 1 as one' }
      await ask(statement)
      const again = ask(statement)
      if (poolMode === 'session' || Number(most) > 0) expect(await again).toBe(1)
      else await expect(again).rejects.toMatchObject({ code: '42P05' })
    })

    it('cuts every client at KILL, and holds new ones until RESUME', async () => {
      const client = await connect()
      await client.query('select 1')
      await pooled.pooler.command('kill postgres')
      await expect(client.query('select 1')).rejects.toThrow()
      const databases = await pooled.pooler.command('show databases')
      expect(databases.find(({ name }) => name === 'postgres')).toMatchObject({ paused: 1 })
      await pooled.pooler.command('resume postgres')
      expect(await ask('select 1 as one')).toBe(1)
    })

    it('lets nobody go on who uses a login that is revoked', async () => {
      await setting('query_wait_timeout', 1)
      const thief = await connect()
      await thief.query('select 1')
      await administer((admin) => revokeLogin(admin, { login, deadlineMs: 0 }))
      await expect(thief.query('select 1')).rejects.toThrow()
      await expect(connect()).rejects.toThrow()
      await thief.end()
      await setting('query_wait_timeout', 120)
    })
  },
)
