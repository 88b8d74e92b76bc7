import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiKeyFrom, apiKeyTo, createKeyring, issueApiKey, withApiKey } from '@rekey/api-key-auth'
import { apiKeyAuth } from '@rekey/api-key-auth/node'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import {
  type DatabaseCredentials,
  formatDatabaseUrl,
  openRotatingPool,
  postgresLogin,
} from '@rekey/db-pool-rotator'
import { openConnection, parseConnectionUrl } from '@rekey/db-pool-rotator/connection'
import {
  admitLogin,
  createOwnerRole,
  listLogins,
  nextLoginName,
} from '@rekey/db-pool-rotator/roles'
import { DisposalStack, NON_PRODUCTION_PREFIX, Secret, storeName } from '@rekey/secret'
import { openDotenvStore } from '@rekey/secret-stores'
import { openPostgres } from '@rekey/testbed'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { runRekey } from './run-rekey.ts'

/** Service, database and owner role bear three names, at two servers; a name of 63 characters is the longest. */
const SENDER = 'vpn-frontend'
const RECEIVER = `cert-2-${'long-'.repeat(11)}x`.slice(0, 63)
const OF_SENDER = { database: 'VPN portal', ownerRole: 'portal-owner' }
const PLACES = new Map([
  [SENDER, { server: 'main', ...OF_SENDER }],
  [RECEIVER, { server: 'archive', database: RECEIVER, ownerRole: RECEIVER }],
])
const SERVERS = { main: { admin: 'DATABASE_ROTATOR' }, archive: { admin: 'ARCHIVE_ROTATOR' } }
const KEY = storeName('api-key', [SENDER, RECEIVER])

const own = new DisposalStack()
let familyPath: string
/** The administrator of each server. */
const admins = new Map<string, Awaited<ReturnType<typeof openConnection>>>()
let openStore: () => ReturnType<typeof openDotenvStore>
let call: () => Promise<number>
const users = new Map<string, () => Promise<unknown>>()

const newPassword = () => NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-hyphens-'))
  own.defer(() => rm(directory, { recursive: true }), 'directory')
  const path = join(directory, '.env')
  await writeFile(path, '', { mode: 0o600 })
  openStore = () => openDotenvStore({ path })
  await using store = await openStore()
  const keep = (name: string, text: string) => store.create(name, Secret.of(text, name))
  await keep(KEY, issueApiKey({ environment: 'dev' }).text.expose())
  for (const [server, { admin: name }] of Object.entries(SERVERS)) {
    const postgres = own.use(await openPostgres(), `PostgreSQL ${server}`)
    const superuser = parseConnectionUrl(postgres.adminUrl.expose())
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
      const login = {
        ...superuser,
        user: nextLoginName(ownerRole),
        password: newPassword(),
        database,
      }
      const password = Secret.of(login.password, ownerRole)
      await admitLogin(admin, { ownerRole, login: login.user, password })
      await keep(storeName('database', [service]), formatDatabaseUrl(login))
    }
  }

  const fleet = [await openReceiver(path)]
  fleet.push(await openSender(path, fleet[0]?.url ?? ''))
  familyPath = join(directory, 'family.json')
  const family = {
    services: [SENDER, RECEIVER],
    secrets: { 'api-key': [`${SENDER}:${RECEIVER}`] },
    store: { locator: `dotenv:${path}` },
    ...{ environment: 'development', fleet, validationMs: 200 },
    servers: SERVERS,
    databases: [...PLACES].map(([service, place]) => ({ service, ...place })),
    auditDirectory: directory,
  }
  await writeFile(familyPath, JSON.stringify(family))
}, 60_000)
afterAll(() => own.dispose())

const environmentOf = (path: string) => {
  return { REKEY_ENVIRONMENT: 'development', REKEY_SECRETS: `dotenv:${path}` }
}

async function openReceiver(path: string) {
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

async function openSender(path: string, url: string) {
  const database = postgresLogin({ ownerRole: OF_SENDER.ownerRole })
  const secrets = { key: apiKeyTo(RECEIVER), database }
  const definition = defineService({ name: SENDER, settings: z.object({}), secrets })
  const service = own.use(await loadService(definition, { env: environmentOf(path) }), 'sender')
  const pool = own.use(await openRotatingPool({ credentials: service.secrets.database }), 'pool')
  users.set(SENDER, () => pool.query('select current_user'))
  const send = withApiKey(service.secrets.key, { origins: [url] })(fetch)
  call = async () => (await send(url)).status
  const health = own.use(await openHealthListener(service, { port: 0 }), 'health')
  return replicaOf(SENDER, 'http://127.0.0.1:9', health.port)
}

function replicaOf(service: string, url: string, port: number) {
  return { service, url, healthUrl: `http://127.0.0.1:${port}` }
}

async function versionOf(name: string): Promise<string> {
  await using store = await openStore()
  return (await store.read(name)).current.version
}

it('R44: the API key of two services with hyphens is rotated by the command line', async () => {
  expect(RECEIVER).toHaveLength(63)
  expect(await call()).toBe(200)
  const before = await versionOf(KEY)
  const run = await runRekey(['rotate', 'api-key', `${SENDER}:${RECEIVER}`, '--family', familyPath])
  expect(run).toMatchObject({ code: 0 })
  expect(await versionOf(KEY)).not.toBe(before)
  expect(await call()).toBe(200)
}, 60_000)

it.each([SENDER, RECEIVER])(
  'R44: the database login of %s is rotated by the command line, whatever its server, database and owner role are called',
  async (service) => {
    const name = storeName('database', [service])
    const before = await versionOf(name)
    const run = await runRekey(['rotate', 'database', service, '--family', familyPath])
    expect(run).toMatchObject({ code: 0 })
    expect(await versionOf(name)).not.toBe(before)
    const { server = '', ownerRole = '' } = PLACES.get(service) ?? {}
    const admin = admins.get(server)
    if (admin === undefined) throw new Error(`there is no server ${server}`)
    const second = nextLoginName(ownerRole, nextLoginName(ownerRole))
    expect(await listLogins(admin, ownerRole)).toMatchObject([{ name: second }])
    expect(await users.get(service)?.()).toMatchObject({ rows: [{ current_user: ownerRole }] })
  },
  60_000,
)

it('R44: status names each of them', async () => {
  const { code, lines } = await runRekey(['status', '--family', familyPath, '--json'])
  expect(code).toBe(0)
  const names = [KEY, ...[SENDER, RECEIVER].map((service) => storeName('database', [service]))]
  expect(JSON.stringify(lines())).toMatch(new RegExp(names.join('[^]*')))
}, 60_000)
