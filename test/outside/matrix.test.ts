import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { formatDatabaseUrl } from '@rekey/db-pool-rotator'
import { openConnection, parseConnectionUrl } from '@rekey/db-pool-rotator'
import { admitLogin, createOwnerRole, nextLoginName } from '@rekey/db-pool-rotator/roles'
import { DisposalStack, NON_PRODUCTION_PREFIX, Secret } from '@rekey/secret'
import {
  type InstalledProject,
  installPackages,
  type PackedPackage,
  packPackages,
} from '@rekey/test-packed'
import { findForTest, openPostgres } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** What a service imports, and what that needs. */
const IMPORTED = [
  ...['secret', 'config-loader', 'log-redactor', 'audit-log'],
  ...['api-key-auth', 'db-pool-rotator', 'oidc-client', 'tls-identity', 'integration-secret'],
].map((name) => `@rekey/${name}`)

/** The ends of what each `peerDependencies` promises. */
const PEERS: Readonly<Record<string, readonly string[]>> = {
  oldest: [
    ...['express@4.21.0', 'fastify@4.29.0', 'hono@4.0.0', 'pino@9.6.0'],
    ...['zod@3.25.76', 'pg@8.16.0', 'openid-client@6.1.1'],
  ],
  newest: [
    ...['express@5', 'fastify@5', 'hono@4', 'pino@10'],
    ...['zod@4', 'pg@8', 'openid-client@6'],
  ],
}
const NODES = await Promise.all(
  (['node-20', 'node-22', 'node-24', 'node-26'] as const).map(
    async (name) => [name, await findForTest(name)] as const,
  ),
)
const OWNER = 'orders'
const INSTALL_TIMEOUT_MS = 300_000

const own = new DisposalStack()
let tarballs: readonly PackedPackage[]
let databaseUrl: string

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-matrix-'))
  own.defer(() => rm(directory, { recursive: true }), 'tarballs')
  tarballs = await packPackages(IMPORTED, directory)
  databaseUrl = await openDatabase()
}, INSTALL_TIMEOUT_MS)
afterAll(() => own.dispose())

async function openDatabase(): Promise<string> {
  const postgres = own.use(await openPostgres(), 'PostgreSQL')
  const superuser = parseConnectionUrl(postgres.adminUrl.expose())
  const admin = own.use(await openConnection(superuser), 'administrator')
  await createOwnerRole(admin, OWNER)
  const login = nextLoginName(OWNER)
  const text = NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')
  await admitLogin(admin, { ownerRole: OWNER, login, password: Secret.of(text, OWNER) })
  return formatDatabaseUrl({ ...superuser, user: login, password: text })
}

const SERVICE = `
import { createServer } from 'node:http'
import process from 'node:process'
import { apiKeyFrom, apiKeyTo, createKeyring, issueApiKey } from '@rekey/api-key-auth'
import { apiKeyAuth as forExpress } from '@rekey/api-key-auth/express'
import { apiKeyAuth as forFastify } from '@rekey/api-key-auth/fastify'
import { apiKeyAuth as forHono } from '@rekey/api-key-auth/hono'
import { apiKeyAuth as forNode } from '@rekey/api-key-auth'
import { defineService, loadService } from '@rekey/config-loader'
import '@rekey/config-loader/host'
import { openRotatingPool, postgresLogin } from '@rekey/db-pool-rotator'
import '@rekey/integration-secret'
import { createRedactor } from '@rekey/log-redactor'
import { redactPino } from '@rekey/log-redactor/pino'
import '@rekey/oidc-client'
import '@rekey/tls-identity'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { pino } from 'pino'
import { z } from 'zod/v4'

const issue = () => issueApiKey({ environment: 'dev' }).text.expose()
const [key, sent] = [issue(), issue()]
const definition = defineService({
  name: '${OWNER}',
  settings: z.object({ PORT: z.coerce.number().default(0) }),
  secrets: {
    ...{ shop: apiKeyFrom('shop'), mail: apiKeyTo('mail') },
    database: postgresLogin({ ownerRole: '${OWNER}' }),
  },
})
const env = {
  ...{ REKEY_ENVIRONMENT: 'development', DATABASE_ORDERS: process.env.DATABASE },
  ...{ API_KEY_SHOP_ORDERS: key, API_KEY_ORDERS_MAIL: sent },
}
const service = await loadService(definition, { env })
const { PORT } = service.settings
const keyring = createKeyring({ shop: service.secrets.shop })
const pool = await openRotatingPool({ credentials: service.secrets.database })
const { rows: [{ current_user: user }] } = await pool.query('select current_user')

const inExpress = express()
inExpress.use(forExpress({ keyring }))
inExpress.get('/', (request, response) => response.send(request.caller.caller))
const inFastify = fastify()
inFastify.addHook('onRequest', forFastify({ keyring }))
inFastify.get('/', async (request) => request.caller.caller)
const inNode = forNode({ keyring })((request, response, { caller }) => response.end(caller))
const inHono = new Hono()
inHono.use('*', forHono({ keyring }))
inHono.get('/', (context) => context.text(context.get('caller').caller))

async function ask(call) {
  const accepted = await call({ authorization: 'Bearer ' + key })
  const refused = await call({ authorization: 'Bearer ' + key.slice(0, -1) })
  return [accepted.status, await accepted.text(), refused.status]
}
async function askAt(listener) {
  const server = listener.listen(PORT, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const url = 'http://127.0.0.1:' + server.address().port
  const answers = await ask((headers) => fetch(url, { headers }))
  server.close()
  server.closeAllConnections()
  return answers
}
const fastifyUrl = await inFastify.listen({ port: PORT, host: '127.0.0.1' })
const answers = {
  express: await askAt(createServer(inExpress)),
  fastify: await ask((headers) => fetch(fastifyUrl, { headers })),
  hono: await ask((headers) => inHono.request('/', { headers })),
  node: await askAt(createServer(inNode)),
}
await inFastify.close()

let line = ''
const redactor = createRedactor({ secrets: Object.values(service.secrets) })
pino(redactPino(redactor), { write: (text) => (line += text) }).info({ sent }, 'with ' + sent)
console.log(JSON.stringify({ answers, user, logged: line !== '', leaked: line.includes(sent) }))
await pool.end()
await service.close()
process.exit()
`
const ANSWERS = [200, 'shop', 401]
const GOOD = {
  answers: { express: ANSWERS, fastify: ANSWERS, hono: ANSWERS, node: ANSWERS },
  ...{ user: OWNER, logged: true, leaked: false },
}

describe.each(Object.entries(PEERS))('with the %s peers that are promised, %j', (_name, peers) => {
  let project: InstalledProject

  beforeAll(async () => {
    project = own.use(await installPackages(tarballs, peers), 'project')
    await writeFile(join(project.root, 'service.js'), SERVICE)
  }, INSTALL_TIMEOUT_MS)

  it.each(NODES.filter(([, { found }]) => found))(
    'a service that is installed from tarballs runs on %s',
    async (_node, { path }) => {
      const env = { DATABASE: databaseUrl }
      const { stdout } = await promisify(execFile)(path, ['service.js'], { cwd: project.root, env })
      expect(JSON.parse(stdout)).toEqual(GOOD)
    },
    60_000,
  )
})

it(
  'pino 8, which has no hook for a finished line, is refused by npm',
  async () => {
    const installing = installPackages(tarballs, ['pino@8', 'zod@4', 'pg@8', 'openid-client@6'])
    await expect(installing).rejects.toThrow(/ERESOLVE[^]*pino@"8/)
  },
  INSTALL_TIMEOUT_MS,
)
