// @lane servers
import { randomBytes } from 'node:crypto'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import {
  formatDatabaseUrl,
  openRotatingPool,
  postgresLogin,
  createPool,
} from '@rekey/db-pool-rotator'
import { admitLogin, createOwnerRole } from '@rekey/db-pool-rotator/roles'
import { inTransaction } from '@rekey/db-pool-rotator/internal/roles'
import { databaseKind } from '@rekey/db-pool-rotator/internal/rotate'
import { createFleet, openPostgresJournal, rotate } from '@rekey/rekey/engine'
import { NON_PRODUCTION_PREFIX, Secret } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { findPostgresServers, openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

/** An emergency ends within this, whatever a tenant holds. */
const EMERGENCY_MS = 60_000

const SERVERS = await findPostgresServers()

/** A replica of a service that logs in to its database. */
async function openReplica(name: string, source: ReturnType<typeof createMemoryStore>) {
  const secrets = { database: postgresLogin({ ownerRole: name }) }
  const definition = defineService({ name, settings: z.object({}), secrets })
  const service = await loadService(definition, { env: { REKEY_ENVIRONMENT: 'test' }, source })
  const credentials = service.secrets.database
  const pool = await openRotatingPool({ credentials, ownerRole: name, max: 4, rollBackAfterMs: 50 })
  const health = await openHealthListener(service, { port: 0 })
  onTestFinished(async () => {
    await pool.end()
    await health.close()
    await service.close()
  })
  return { service: name, url: '', healthUrl: `http://127.0.0.1:${health.port}` }
}

describe.each(SERVERS)('on %s', { timeout: 180_000 }, (name, binDirectory) => {
  const isReserving = !name.endsWith('15')
  const password = randomBytes(16).toString('hex')
  let server: Postgres
  let count = 0

  beforeAll(async () => {
    server = await openPostgres({
      settings: { max_connections: 30, ...(isReserving && { reserved_connections: 6 }) },
      ...(binDirectory !== undefined && { binDirectory }),
    })
    const reserved = isReserving ? ', pg_use_reserved_connections' : ''
    await run(
      `create role rekey login createrole password '${password}' in role pg_signal_backend${reserved}`,
      `create role shop login password '${password}'`,
      'create database rekey owner rekey',
      'create database shop owner shop',
      'grant create on database postgres to rekey, shop',
    )
  }, 120_000)
  afterAll(() => server.close())

  async function run(...statements: readonly string[]) {
    const admin = new pg.Client({ connectionString: server.adminUrl.expose() })
    await admin.connect()
    for (const statement of statements) await admin.query(statement)
    await admin.end()
  }

  const place = (user: string, database: string) => {
    return { host: server.host, port: server.port, user, password, database }
  }

  /** The rotator's own connections, as those of a process that has just started. */
  const rotatorAt = (database: string) => {
    const pool = createPool(place('rekey', database), { catalogOnly: true })
    onTestFinished(() => pool.end())
    return pool
  }

  /** A session that stays open, after some statements. */
  async function hold(login: pg.ClientConfig, ...statements: readonly string[]) {
    const client = new pg.Client({ ...login, application_name: 'stranger' })
    client.on('error', () => undefined)
    await client.connect()
    onTestFinished(() => client.end())
    for (const statement of statements) await client.query(statement)
    return client
  }

  /** A service with its login; `shop` is another service on the same server. */
  async function openTenant() {
    count += 1
    const name = `app${count}`
    const own = NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')
    const old = { ...place(`${name}_g1`, 'postgres'), password: own }
    const rotator = rotatorAt('postgres')
    const client = await rotator.connect()
    await createOwnerRole(client, name)
    const admission = { ownerRole: name, login: old.user, password: Secret.of(own, name) }
    await inTransaction(client, () => admitLogin(client, admission))
    client.release()
    const secretName = `DATABASE_${name.toUpperCase()}`
    const store = createMemoryStore({ [secretName]: formatDatabaseUrl(old) })
    const fleet = createFleet([await openReplica(name, store)])
    const start = async () => {
      const journal = await openPostgresJournal(rotatorAt('rekey'))
      const kind = databaseKind.rotation({
        ...{ service: name, ownerRole: name, nonProduction: true, journalOnServer: true },
        ...{ fleet, deadlineMs: 5_000, pollMs: 20, admin: rotatorAt('postgres') },
      })
      return { kind, options: { store, journal, leaseMs: 60_000 } }
    }
    const logins = async () => {
      const all = 'select rolname as name from pg_roles where starts_with(rolname, $1) order by 1'
      const { rows } = await rotator.query<{ name: string }>(all, [`${name}_g`])
      return rows.map((row) => row.name)
    }
    return { name, store, secretName, start, logins, old }
  }

  /** Locks of the names that a rotator of an older release takes, and any number beside. */
  const ADVISORY = [
    `select pg_advisory_lock(hashtext('rekey.journal')), pg_advisory_lock(hashtext('rekey.report')), pg_advisory_lock(hashtext('rekey.audit'))`,
    `select pg_advisory_lock(hashtext('rekey'), hashtext('app1')), pg_advisory_lock(n) from generate_series(1, 100) n`,
  ]

  it('R56: a plain rotation goes on while a stranger holds advisory locks, tables and schemas', async () => {
    const { start, logins, name: role } = await openTenant()
    for (const database of ['rekey', 'postgres']) await hold(place('shop', database), ...ADVISORY)
    await hold(
      place('shop', 'postgres'),
      'create schema mine',
      'create table mine.t ()',
      'begin',
      'lock table mine.t',
      'create schema other',
    )
    const { kind, options } = await start()
    await rotate(kind, options)
    expect(await logins()).toEqual([`${role}_g2`])
  })

  it('R56: a plain rotation names the session that holds a lock on its login', async () => {
    const { start, old } = await openTenant()
    await hold(
      place('shop', 'shop'),
      'begin',
      'create table held ()',
      `grant select on held to ${old.user}`,
    )
    const { kind, options } = await start()
    await expect(rotate(kind, options)).rejects.toMatchObject({
      message: expect.stringMatching(/stranger of role shop .* holds a lock/) as string,
    })
  })

  it('R56: an emergency ends within a minute while a stranger and the leaked login hold all that they can', async () => {
    const { start, old, name: role, store, secretName } = await openTenant()
    for (const database of ['rekey', 'postgres']) await hold(place('shop', database), ...ADVISORY)
    await hold(
      place('shop', 'postgres'),
      `create schema his_${role}; grant usage on schema his_${role} to public; create table his_${role}.t ()`,
      `grant select on his_${role}.t to public; alter table his_${role}.t enable row level security`,
      `create policy by_login on his_${role}.t using (session_user <> '${old.user}')`,
    )
    await hold(
      place('shop', 'shop'),
      `create table granted_${role} (); grant select on granted_${role} to ${old.user}`,
    )
    await hold(
      place('shop', 'shop'),
      'begin',
      `create table held_${role} (); grant select on held_${role} to ${old.user}`,
    )
    await hold(
      old,
      'set role none',
      `select lo_create(0)`,
      `alter role current_user set work_mem = '5MB'`,
    )
    await hold(old, 'set role none', 'begin', `alter role current_user password '${password}'`)
    const others: pg.Client[] = []
    for (;;) {
      const login = others.length % 2 === 0 ? old : place('shop', 'shop')
      const client = await hold(login).catch(() => undefined)
      if (client === undefined) break
      others.push(client)
    }
    if (!isReserving) await Promise.all(others.slice(-6).map((client) => client.end()))

    const from = performance.now()
    const { kind, options } = await start()
    const rotated = await rotate(kind, { ...options, compromised: true })
    expect(performance.now() - from).toBeLessThan(EMERGENCY_MS)
    expect(rotated).not.toHaveProperty('unproven')
    await expect(new pg.Client(old).connect()).rejects.toMatchObject({
      code: expect.stringMatching(/^28/) as string,
    })
    const closed = `select rolcanlogin as may, (select count(*)::int from pg_stat_activity where usesysid = r.oid) as sessions,
      (select count(*)::int from pg_auth_members where member = r.oid) as roles from pg_roles r where rolname = $1`
    const { rows } = await rotatorAt('postgres').query(closed, [old.user])
    expect(rows).toEqual([{ may: false, sessions: 0, roles: 0 }])
    const { previous } = await store.read(secretName)
    expect(previous).toBeUndefined()
  })
})
