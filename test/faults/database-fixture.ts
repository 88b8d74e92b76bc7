import { randomBytes } from 'node:crypto'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import {
  type DatabaseCredentials,
  formatDatabaseUrl,
  openRotatingPool,
  postgresLogin,
} from '@rekey/db-pool-rotator'
import { admitLogin, createOwnerRole } from '@rekey/db-pool-rotator/roles'
import { databaseKind } from '@rekey/db-pool-rotator/internal/rotate'
import { createFleet, openPostgresJournal } from '@rekey/rekey/engine'
import {
  type Clock,
  NON_PRODUCTION_PREFIX,
  Secret,
  type SecretSource,
  systemClock,
} from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { z } from 'zod'
import { Background, type OpenStore, type RotationFixture } from './rotation-fixture.ts'
import type { Mortal } from './mortal.ts'

/** A rotator's waits take a tenth of their time, so that hundreds of rotations take minutes. */
const hasty: Clock = {
  now: () => systemClock.now() * 10,
  elapsed: () => systemClock.elapsed() * 10,
  sleep: (delayMs, signal, options) => systemClock.sleep(delayMs / 10, signal, options),
}

/** SQLSTATE `admin_shutdown` (PostgreSQL documentation, appendix A). */
const CUT_OFF = '57P01'

const OWNER = 'app'
const NAME = 'DATABASE_APP'

/** The name of a rotator's connections in `pg_stat_activity`. */
const ROTATOR = 'rotator'

/** A service queries its database all the while. The journal is in the same server. */
export async function openDatabaseFixture(
  binDirectory?: string,
  openStore: OpenStore = createMemoryStore,
): Promise<RotationFixture & { logins(): Promise<string[]> }> {
  // Nobody pulls the plug on this server, and hundreds of roles are made on it.
  const settings = { fsync: 'off', synchronous_commit: 'off' }
  const server = await openPostgres({ settings, ...(binDirectory && { binDirectory }) })
  const admin = new pg.Pool({ connectionString: server.adminUrl.expose(), max: 2 })
  admin.on('error', () => undefined)
  const store = await openStore({ [NAME]: await createFirstLogin(admin, server) })
  const app = await openApp(store)
  const load = new Background(() => app.pool.query('select current_user'))
  const replicas = [{ service: OWNER, url: '', healthUrl: app.healthUrl }]
  const logins = async () => {
    const { rows } = await admin.query<{ name: string }>(
      `select rolname as name from pg_roles where rolname like '${OWNER}\\_g%' order by 1`,
    )
    return rows.map(({ name }) => name)
  }
  return {
    logins,
    async rotator(mortal: Mortal) {
      const connectionString = server.adminUrl.expose()
      const pool = mortal.pool({ connectionString, application_name: ROTATOR, max: 3 })
      const role = { service: OWNER, ownerRole: OWNER, nonProduction: true }
      const { fetch } = mortal
      const fleet = createFleet(replicas, { fetch })
      const here = { admin: pool, journalOnServer: true }
      const kind = databaseKind.rotation({ ...role, ...here, fleet, pollMs: 5 })
      const journal = await openPostgresJournal(pool)
      const options = { store: mortal.store(store), journal, clock: hasty }
      return { kind, options, close: () => pool.end() }
    },
    async expireLease() {
      // What a dead rotator had sent may still be carried out, and would renew the lease.
      const alive = 'select from pg_stat_activity where application_name = $1'
      while ((await admin.query(alive, [ROTATOR])).rowCount !== 0) await systemClock.sleep(5)
      await admin.query('update rekey.rotation set leased_until = now()')
    },
    async check(cutsOff) {
      const { current, pending, previous } = await store.read(NAME)
      if (pending ?? previous) throw new Error('a version is left over')
      const names = await logins()
      if (names.length !== 1 || !current.value.expose().includes(`${names[0] ?? ''}:`)) {
        throw new Error(`the roles are ${names.join(', ')}`)
      }
      const failure: (Error & { code?: string }) | undefined = await load.failure()
      if (failure !== undefined && !(cutsOff && failure.code === CUT_OFF)) throw failure
    },
    async close() {
      await load.stop()
      await app.close()
      await admin.end()
      await server.close()
    },
  }
}

/** The text of the secret for the first login. */
async function createFirstLogin(
  admin: pg.Pool,
  { host, port }: { host: string; port: number },
): Promise<string> {
  const password = NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')
  const login: DatabaseCredentials = {
    host,
    port,
    database: 'postgres',
    user: `${OWNER}_g1`,
    password,
  }
  const client = await admin.connect()
  await createOwnerRole(client, OWNER)
  const secret = Secret.of(password, NAME)
  await admitLogin(client, { ownerRole: OWNER, login: login.user, password: secret })
  await openPostgresJournal(admin)
  client.release()
  return formatDatabaseUrl(login)
}

async function openApp(source: SecretSource) {
  const definition = defineService({
    name: OWNER,
    settings: z.object({}),
    secrets: { database: postgresLogin({ ownerRole: OWNER }) },
  })
  const service = await loadService(definition, { env: { REKEY_ENVIRONMENT: 'test' }, source })
  const credentials = service.secrets.database
  const pool = await openRotatingPool({
    ...{ credentials, ownerRole: OWNER, max: 3 },
    rollBackAfterMs: 10,
  })
  const health = await openHealthListener(service, { port: 0 })
  return {
    pool,
    healthUrl: `http://127.0.0.1:${health.port}`,
    async close() {
      await pool.end()
      await health.close()
      await service.close()
    },
  }
}
