import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  apiKeyFrom,
  apiKeyTo,
  createKeyring,
  issueApiKey,
  withApiKey,
  apiKeyAuth,
} from '@rekey/api-key-auth'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import {
  type DatabaseCredentials,
  formatDatabaseUrl,
  openRotatingPool,
  postgresLogin,
  openConnection,
  parseConnectionUrl,
} from '@rekey/db-pool-rotator'
import { admitLogin, createOwnerRole, nextLoginName } from '@rekey/db-pool-rotator/roles'
import { type DisposalStack, openTogether, Secret, storeName } from '@rekey/secret'
import { openDotenvStore } from '@rekey/config-loader/store'
import { openPostgres } from '@rekey/testbed'
import { z } from 'zod'
import { newPassword, type OpenStore, versionIn } from './store-fixture.ts'

/** Service, database and owner role bear three names, at two servers; a name of 63 characters is the longest. */
export const SENDER = 'vpn-frontend'
export const RECEIVER = `cert-2-${'long-'.repeat(11)}x`.slice(0, 63)
export const OF_SENDER = { database: 'VPN portal', ownerRole: 'portal-owner' }
export const PLACES = new Map([
  [SENDER, { server: 'main', ...OF_SENDER }],
  [RECEIVER, { server: 'archive', database: RECEIVER, ownerRole: RECEIVER }],
])
const SERVERS = { main: { admin: 'DATABASE_ROTATOR' }, archive: { admin: 'ARCHIVE_ROTATOR' } }
export const KEY = storeName('api-key', [SENDER, RECEIVER])

/** A family whose names have hyphens, with replicas that run in this process, and everything that a rotator needs of it. */
export interface HyphenatedFamily extends AsyncDisposable {
  /** The `.env` file that holds the secrets. */
  readonly envFile: string
  /** What a file declares of it. */
  readonly family: Readonly<Record<string, unknown>>
  /** The administrator of each server. */
  readonly admins: ReadonlyMap<string, Awaited<ReturnType<typeof openConnection>>>
  /** The URL of the superuser of the server `main`. */
  readonly superuserUrl: string
  /** What each service asks its database. */
  readonly users: ReadonlyMap<string, () => Promise<unknown>>
  /** Calls the receiver as the sender does. */
  readonly call: () => Promise<number>
  readonly versionOf: (secret: string) => Promise<string>
}

/** Opens two PostgreSQL servers, a store, and one replica of each service. */
export function openHyphenatedFamily(): Promise<HyphenatedFamily> {
  return openTogether(openParts)
}

async function openParts(own: DisposalStack): Promise<HyphenatedFamily> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-hyphens-'))
  own.defer(() => rm(directory, { recursive: true }), 'directory')
  const envFile = join(directory, '.env')
  await writeFile(envFile, '', { mode: 0o600 })
  const openStore = () => openDotenvStore({ path: envFile })
  const { admins, superuserUrl } = await fillStore(own, openStore)
  const users = new Map<string, () => Promise<unknown>>()
  const receiver = await openReceiver(envFile, { own, users })
  const sender = await openSender(envFile, receiver.url, { own, users })
  const family = {
    services: [SENDER, RECEIVER],
    secrets: { 'api-key': [`${SENDER}:${RECEIVER}`] },
    store: { locator: `dotenv:${envFile}` },
    ...{ environment: 'development', fleet: [receiver, sender.replica], validationMs: 200 },
    servers: SERVERS,
    databases: [...PLACES].map(([service, place]) => ({ service, ...place })),
    auditDirectory: directory,
  }
  return {
    ...{ envFile, family, admins, superuserUrl, users, call: sender.call },
    versionOf: (secret) => versionIn(openStore, secret),
    [Symbol.asyncDispose]: () => own.dispose(),
  }
}

async function fillStore(own: DisposalStack, openStore: OpenStore) {
  await using store = await openStore()
  const keep = (name: string, text: string) => store.create(name, Secret.of(text, name))
  await keep(KEY, issueApiKey({ environment: 'dev' }).text.expose())
  const admins = new Map<string, Awaited<ReturnType<typeof openConnection>>>()
  let superuserUrl = ''
  for (const [server, { admin: name }] of Object.entries(SERVERS)) {
    const postgres = own.use(await openPostgres(), `PostgreSQL ${server}`)
    const superuser = parseConnectionUrl(postgres.adminUrl.expose())
    if (server === 'main') superuserUrl = formatDatabaseUrl(superuser)
    const admin = own.use(await openConnection(superuser), `administrator of ${server}`)
    admins.set(server, admin)
    const rotator: DatabaseCredentials = { ...superuser, user: 'rekey', password: newPassword() }
    await admin.query(`create role rekey superuser login password '${rotator.password}'`)
    await keep(name, formatDatabaseUrl(rotator))
    for (const [service, place] of PLACES) {
      if (place.server !== server) continue
      const { database, ownerRole } = place
      await admin.query(`create database "${database}"`)
      await createOwnerRole(admin, ownerRole)
      const user = nextLoginName(ownerRole)
      const login = { ...superuser, user, password: newPassword(), database }
      const password = Secret.of(login.password, ownerRole)
      await admitLogin(admin, { ownerRole, login: login.user, password })
      await keep(storeName('database', [service]), formatDatabaseUrl(login))
    }
  }
  return { admins, superuserUrl }
}

/** Where what is opened belongs. */
interface Opening {
  readonly own: DisposalStack
  readonly users: Map<string, () => Promise<unknown>>
}

const environmentOf = (path: string) => {
  return { REKEY_ENVIRONMENT: 'development', REKEY_SECRETS: `dotenv:${path}` }
}

async function openReceiver(path: string, { own, users }: Opening) {
  const secrets = { [SENDER]: apiKeyFrom(SENDER), database: postgresLogin({ ownerRole: RECEIVER }) }
  const definition = defineService({ name: RECEIVER, settings: z.object({}), secrets })
  const service = own.use(await loadService(definition, { env: environmentOf(path) }), 'receiver')
  const { database, ...callers } = service.secrets
  const keyring = createKeyring(callers)
  const pool = own.use(await openRotatingPool({ credentials: database }), 'pool')
  users.set(RECEIVER, () => pool.query('select current_user'))
  const server = createServer(apiKeyAuth({ keyring })((_request, response) => response.end()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  own.defer(() => {
    server.close()
    server.closeAllConnections()
  }, 'listener')
  const health = own.use(await openHealthListener(service, { port: 0 }), 'health')
  const { port } = server.address() as AddressInfo
  return replicaOf(RECEIVER, `http://127.0.0.1:${port}`, health.port)
}

async function openSender(path: string, url: string, { own, users }: Opening) {
  const database = postgresLogin({ ownerRole: OF_SENDER.ownerRole })
  const secrets = { key: apiKeyTo(RECEIVER), database }
  const definition = defineService({ name: SENDER, settings: z.object({}), secrets })
  const service = own.use(await loadService(definition, { env: environmentOf(path) }), 'sender')
  const pool = own.use(await openRotatingPool({ credentials: service.secrets.database }), 'pool')
  users.set(SENDER, () => pool.query('select current_user'))
  const send = withApiKey(service.secrets.key, { origins: [url] })(fetch)
  const health = own.use(await openHealthListener(service, { port: 0 }), 'health')
  const replica = replicaOf(SENDER, 'http://127.0.0.1:9', health.port)
  return { replica, call: async () => (await send(url)).status }
}

function replicaOf(service: string, url: string, port: number) {
  return { service, url, healthUrl: `http://127.0.0.1:${port}` }
}
