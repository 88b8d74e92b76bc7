import { setTimeout as delay } from 'node:timers/promises'
import { defineService, loadService } from '@rekey/config-loader'
import { openRotatingPool, postgresLogin, type RotatingPool } from '@rekey/db-pool-rotator'
import { findForTest } from '@rekey/testbed'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openVaultDatabase, OWNER, type VaultDatabase } from './vault-database.ts'

const program = await findForTest('vault')

const definition = defineService({
  name: 'frontend',
  settings: z.object({}),
  secrets: { database: postgresLogin({ ownerRole: OWNER }) },
})

const WORKERS = 8

/** What the queries of a service saw. */
interface Load {
  readonly failures: unknown[]
  /** The logins, in the order in which they were first seen. */
  readonly logins: Set<string>
  queries: number
}

/** Queries all the time until `until` resolves. A dropped user is not known by name any more, so not every load asks for it. */
async function loadWhile(
  pool: RotatingPool,
  until: Promise<unknown>,
  user: 'session_user' | 'current_user' = 'session_user',
): Promise<Load> {
  const load: Load = { failures: [], logins: new Set(), queries: 0 }
  const statement = `insert into notes default values returning ${user} as login, current_user as role`
  let isOver = false
  const work = async () => {
    while (!isOver) {
      try {
        const { rows } = await pool.query<{ login: string; role: string }>(statement)
        if (rows[0]?.role !== OWNER) throw new Error('The session does not act as the owner')
        load.logins.add(rows[0].login)
        load.queries += 1
      } catch (error) {
        load.failures.push(error)
      }
      await delay(5)
    }
  }
  const workers = Array.from({ length: WORKERS }, work)
  await until
  isOver = true
  await Promise.all(workers)
  return load
}

describe.runIf(program.found)('a service whose database logins Vault makes', () => {
  let database: VaultDatabase
  afterEach(() => database[Symbol.asyncDispose]())

  async function start(poolOptions: object = {}, random?: () => number) {
    const { session, source } = await database.openSource(random)
    const env = { REKEY_ENVIRONMENT: 'production' }
    const service = await loadService(definition, { env, source })
    const credentials = service.secrets.database
    const own = { credentials, ownerRole: OWNER, max: WORKERS }
    const pool = await openRotatingPool({ ...poolOptions, ...own })
    await pool.query('create table notes (id bigint generated always as identity)')
    const stop = async () => {
      await pool[Symbol.asyncDispose]()
      await service.close()
      await source[Symbol.asyncDispose]()
      await session.close()
    }
    return { pool, service, stop }
  }

  it(
    'works past max_ttl twice without a restart or a failed query, and leaves no user',
    { timeout: 120_000 },
    async () => {
      database = await openVaultDatabase(program.path, { default_ttl: '10s', max_ttl: '20s' })
      const { pool, service, stop } = await start({}, () => 0.9)
      const load = await loadWhile(pool, delay(37_000))
      expect(load.failures).toEqual([])
      expect(load.logins.size).toBeGreaterThanOrEqual(3)
      expect(load.queries).toBeGreaterThan(500)
      expect(database.count('lease-expired') + database.count('revoke-failed')).toBe(0)

      const [first, second] = load.logins
      const left = await database.users()
      expect(left).not.toContain(first)
      expect(left).not.toContain(second)
      expect(left.length).toBeLessThanOrEqual(2)
      expect(database.count('lease-revoked')).toBeGreaterThanOrEqual(2)
      expect(service.secrets.database.usage.report().failures).toBe(0)

      await stop()
      await expect.poll(() => database.users(), { timeout: 20_000 }).toEqual([])
    },
  )

  it(
    'goes on when its token and all its logins are revoked under load',
    { timeout: 60_000 },
    async () => {
      database = await openVaultDatabase(program.path, { default_ttl: '1h', max_ttl: '24h' })
      const { pool, service, stop } = await start({ maxLifetimeSeconds: 1 })
      const { user } = service.secrets.database.current.value.expose()
      const trouble = delay(1_000).then(async () => {
        await database.vault.require('PUT', 'sys/leases/revoke-prefix/auth/approle/login')
        await delay(5_000)
      })
      const load = await loadWhile(pool, trouble, 'current_user')
      expect(load.failures).toEqual([])
      expect(load.queries).toBeGreaterThan(500)
      expect(service.secrets.database.current.value.expose().user).not.toBe(user)
      expect(database.count('logged-in')).toBe(2)
      expect(database.count('lease-opened')).toBe(2)
      await stop()
      await expect.poll(() => database.users(), { timeout: 20_000 }).toEqual([])
    },
  )
})
