import { randomBytes } from 'node:crypto'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { createFleet, openPostgresJournal } from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { NON_PRODUCTION_PREFIX, Secret, type SecretSource, type SecretStore } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import type { AdminSqlPool } from '@rekey/secret/internal/kind'
import { findPostgresServers, openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import {
  type DatabaseCredentials,
  formatDatabaseUrl,
  openRotatingPool,
  postgresLogin,
} from '../../src/index.ts'
import { admitLogin, createOwnerRole } from '../../src/roles/index.ts'
import { databaseKind } from '../../src/rotate/index.ts'

/** The servers that everything is tested on. */
export const SERVERS = await findPostgresServers()

/** A server, and services on it that rotate their logins. */
export async function openServer(binDirectory: string | undefined) {
  const server = await openPostgres(binDirectory === undefined ? {} : { binDirectory })
  const admin = new pg.Pool({ connectionString: server.adminUrl.expose(), max: 4 })
  // pg.Pool's end() does not wait for its connections, so the server may still cut them.
  admin.on('error', () => undefined)
  let count = 0
  const place = { admin, host: server.host, port: server.port }
  return {
    admin,
    setUp: (sourceOf?: SourceOf) =>
      setUp(`app${(count += 1)}`, { ...place, ...(sourceOf && { sourceOf }) }, createMemoryStore),
    /** The same, with the login in the store that `open` opens. */
    setUpIn: <Store extends SecretStore>(open: OpenStore<Store>) =>
      setUp(`app${(count += 1)}`, place, open),
    stop: () => server.stop(),
    start: () => server.start(),
    async close() {
      await admin.end()
      await server.close()
    },
  }
}

type OpenStore<Store> = (first: Readonly<Record<string, string>>) => Store | Promise<Store>

/** Where a replica reads its login, which may see the store late. */
type SourceOf = (store: SecretStore) => SecretSource

/** Where services log in, and the rotator's own way there. */
export interface Place {
  readonly sourceOf?: SourceOf
  readonly admin: AdminSqlPool
  readonly host: string
  readonly port: number
}

/** A service with its owner role, its first login, a running replica and a pool. */
export async function setUp<Store extends SecretStore>(
  name: string,
  { admin, host, port, sourceOf = (store) => store }: Place,
  openStore: OpenStore<Store>,
) {
  const login: DatabaseCredentials = {
    ...{ host, port, database: 'postgres', user: `${name}_g1` },
    password: NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url'),
  }
  const client = await admin.connect()
  await createOwnerRole(client, name)
  const password = Secret.of(login.password, name)
  await admitLogin(client, { ownerRole: name, login: login.user, password })
  client.release()
  const first = { [`DATABASE_${name.toUpperCase()}`]: formatDatabaseUrl(login) }
  const store = await openStore(first)
  const { pool, credentials, healthPort } = await openService(name, sourceOf(store))
  const fleet = createFleet([
    { service: name, url: '', healthUrl: `http://127.0.0.1:${healthPort}` },
  ])
  const role = { service: name, ownerRole: name, nonProduction: true }
  const kind = (deadlineMs = 10_000, rotator = admin) => {
    const patience = { fleet, journalOnServer: true, deadlineMs, pollMs: 20 }
    return databaseKind.rotation({ ...role, ...patience, admin: rotator })
  }
  const options = { store, journal: await openPostgresJournal(admin), leaseMs: 60_000 }
  const logins = async () => {
    const found = await admin.query<{ name: string }>(
      'select rolname as name from pg_roles where starts_with(rolname, $1) order by 1',
      [`${name}_g`],
    )
    return found.rows.map((row) => row.name)
  }
  return { name, login, store, pool, credentials, kind, options, logins }
}

async function openService(name: string, source: SecretSource) {
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
  return { pool, credentials, healthPort: health.port }
}

/** Logs in beside the pools. A test that fails leaves the session to the end of the server, which is no error of the process. */
export async function logIn(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config)
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** Does something at one point of a rotation, as the callback of its events. */
export function at(point: string, work: () => Promise<unknown>) {
  return async ({ step, phase }: RotationEvent) => {
    if (`${step} ${phase}` === point) await work()
  }
}

/** Dies at one point of a rotation. */
export function dieAt(point: string) {
  return at(point, () => Promise.reject(new Error('killed')))
}
