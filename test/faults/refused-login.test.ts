// @lane servers
import { randomBytes } from 'node:crypto'
import { defineService, loadService } from '@rekey/config-loader'
import { formatDatabaseUrl, openRotatingPool, postgresLogin } from '@rekey/db-pool-rotator'
import { admitLogin, createOwnerRole } from '@rekey/db-pool-rotator/roles'
import { createFakeClock, NON_PRODUCTION_PREFIX, Secret } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { countReads } from './counted-source.ts'

const OWNER = 'app'
const NAME = 'DATABASE_APP'
const LOGIN = 'app_g1'
const MAX_STALE_MS = 60_000

describe('a service whose database changes its password behind its back', () => {
  let server: Postgres
  let admin: pg.Pool
  beforeAll(async () => {
    server = await openPostgres()
    admin = new pg.Pool({ connectionString: server.adminUrl.expose(), max: 2 })
    admin.on('error', () => undefined)
    const client = await admin.connect()
    await createOwnerRole(client, OWNER)
    const password = Secret.of(newPassword(), NAME)
    await admitLogin(client, { ownerRole: OWNER, login: LOGIN, password })
    client.release()
  })
  afterAll(async () => {
    await admin.end()
    await server.close()
  })

  let password = ''
  beforeEach(async () => {
    password = await changePassword()
  })

  /** At the server only, as a rotation by somebody else does. */
  async function changePassword(): Promise<string> {
    const next = newPassword()
    await admin.query(`alter role ${LOGIN} password ${pg.escapeLiteral(next)}`)
    return next
  }

  function dsn(of: string): Secret {
    const { host, port } = server
    const login = { host, port, database: 'postgres', user: LOGIN, password: of }
    return Secret.of(formatDatabaseUrl(login), NAME)
  }

  async function openService() {
    const store = createMemoryStore({ [NAME]: dsn(password).expose() })
    const source = countReads(store)
    const clock = createFakeClock()
    const definition = defineService({
      name: OWNER,
      settings: z.object({}),
      secrets: { database: postgresLogin({ ownerRole: OWNER }) },
    })
    const service = await loadService(definition, {
      ...{ env: { REKEY_ENVIRONMENT: 'test' }, source, clock },
      policy: { ttlMs: 30_000, maxStaleMs: MAX_STALE_MS },
    })
    const credentials = service.secrets.database
    const pool = await openRotatingPool({ credentials, ownerRole: OWNER, max: 4 })
    onTestFinished(async () => {
      await pool.end()
      await service.close()
    })
    const replace = async (text: Secret) => {
      const staged = await store.stage(NAME, text, (await store.read(NAME)).revision)
      await store.promote(NAME, staged.revision)
    }
    return { service, source, clock, pool, replace, credentials }
  }

  const cutAll = () =>
    admin.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [
      LOGIN,
    ])

  it('reads its source once after 28P01, however many requests wait, and none of them fails', async () => {
    const { source, pool, replace, service } = await openService()
    await replace(dsn(await changePassword()))
    await cutAll()
    source.reads = 0
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => pool.query<{ one: number }>('select 1 as one')),
    )
    expect(answers.every(({ rows }) => rows[0]?.one === 1)).toBe(true)
    expect(source.reads).toBe(1)
    expect(service.health().secrets[0]?.counts).toMatchObject({ rejections: 1, changes: 1 })
  })

  it('vetoes a login that the database refuses, and its pool goes on', async () => {
    const { pool, replace, credentials, service } = await openService()
    const { version } = credentials.current
    await replace(dsn(newPassword()))
    await credentials.rejected('retiring')
    expect(credentials.current.version).toBe(version)
    expect(service.health().secrets[0]?.problem).toBe('rejected')
    await pool.query('select 1')
  })

  it('gives out no connection while its credentials have expired, and does again by itself', async () => {
    const { source, pool, clock } = await openService()
    source.isDown = true
    await clock.advance(MAX_STALE_MS)
    await pool.query('select 1')
    await clock.advance(30_000)
    for (const use of [() => pool.query('select 1'), () => pool.connect()]) {
      await expect(use()).rejects.toMatchObject({
        code: 'unreachable',
        details: { reason: 'expired' },
      })
    }
    source.isDown = false
    await clock.advance(30_000)
    await pool.query('select 1')
  })
})

function newPassword(): string {
  return NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')
}
