import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import {
  type DatabaseCredentials,
  formatDatabaseUrl,
  openConnection,
  parseConnectionUrl,
} from '@rekey/db-pool-rotator'
import type { AdapterOrder } from '@rekey/oidc-client/internal/rotate'
import { type DisposalStack, NON_PRODUCTION_PREFIX } from '@rekey/secret'
import { type IdentityProvider, openIdentityProvider, openPostgres } from '@rekey/testbed'
import type { LibraryFolder } from './library-folder.ts'

/** Where a family of the library is set up. */
export interface WorldOptions {
  readonly folder: LibraryFolder
  /** Whether values bear the mark of development. */
  readonly nonProduction: boolean
  /** Ends with the world. */
  readonly own: DisposalStack
}

/** The database of a service, as `databases/` has it. */
interface Place {
  readonly service: string
  readonly admin: string
  readonly database: string
  readonly ownerRole: string
  readonly tables: string
}

const PLACES: readonly [Place, Place] = [
  {
    ...{ service: 'LOAN_DESK', admin: 'LOANS_ROTATOR', tables: 'loans.sql' },
    ...{ database: 'Loans 2026', ownerRole: 'loans-owner' },
  },
  {
    ...{ service: 'CARD_OFFICE', admin: 'CARDS_ROTATOR', tables: 'cards.sql' },
    ...{ database: 'cards', ownerRole: 'Card keepers' },
  },
]

const newText = (nonProduction: boolean) =>
  (nonProduction ? NON_PRODUCTION_PREFIX : '') + randomBytes(32).toString('base64url')

/** Starts two PostgreSQL servers and lays each out. @returns secrets by their names in the store */
export async function openDatabases(options: WorldOptions): Promise<Map<string, string>> {
  const opening = PLACES.map((place) => openDatabase(place, options))
  return new Map((await Promise.all(opening)).flat())
}

async function openDatabase(
  { service, admin, database, ownerRole, tables }: Place,
  { folder, nonProduction, own }: WorldOptions,
): Promise<[name: string, url: string][]> {
  const server = own.use(await openPostgres(), `PostgreSQL of ${service}`)
  const superuser = parseConnectionUrl(server.adminUrl.expose())
  const newLogin = (user: string, where: string): DatabaseCredentials => ({
    ...{ ...superuser, user, password: newText(nonProduction), database: where },
  })
  const [rotator, login] = [newLogin('rotator', 'rotation'), newLogin(`${ownerRole}_g1`, database)]
  const sql = (file: string) => readFile(join(folder.root, 'databases', file), 'utf8')
  await run(
    superuser,
    `create role rotator login createrole password '${rotator.password}' in role pg_signal_backend`,
    'create database rotation owner rotator',
    `create database "${database}"`,
  )
  const roles = await sql('roles.sql')
  await run(rotator, roles.replaceAll('OWNER', ownerRole).replace('PASSWORD', login.password))
  await run({ ...superuser, database }, await sql(tables))
  return [
    [admin, formatDatabaseUrl(rotator)],
    [`DATABASE_${service}`, formatDatabaseUrl(login)],
  ]
}

async function run(login: DatabaseCredentials, ...statements: readonly string[]): Promise<void> {
  await using client = await openConnection(login)
  for (const statement of statements) await client.query(statement)
}

/**
 * Starts an identity provider, and the adapter by which its clients are changed.
 *
 * @param clientSecret the first one
 * @returns secrets by their names in the store
 */
export async function openMembers(
  clientSecret: string,
  { folder, nonProduction, own }: WorldOptions,
): Promise<Map<string, string>> {
  const token = newText(nonProduction)
  const redirectUris = [`https://127.0.0.1:${folder.port('4001')}/callback`]
  const provider = await openIdentityProvider({
    clients: [{ clientId: 'library', clientSecret, redirectUris }],
    port: Number(folder.port('4003')),
  })
  own.use(provider, 'identity provider')
  const adapter = createServer((request, response) => {
    void takeOrder(request, token, provider).then((status) => response.writeHead(status).end())
  })
  adapter.listen(Number(folder.port('4004')), '127.0.0.1')
  await once(adapter, 'listening')
  own.defer(() => {
    adapter.close()
    adapter.closeAllConnections()
  }, 'adapter')
  return new Map([['MEMBERS_ADAPTER', token]])
}

async function takeOrder(
  request: IncomingMessage,
  token: string,
  provider: IdentityProvider,
): Promise<number> {
  if (request.headers.authorization !== `Bearer ${token}`) return 401
  const { secret, alsoAccepted } = JSON.parse(await text(request)) as AdapterOrder
  await provider.setClientSecret('library', secret, alsoAccepted)
  return 204
}

/**
 * Starts the third party that sends reminders, from the library itself.
 *
 * @param credential the first one
 * @returns secrets by their names in the store
 */
export function openReminders(
  credential: string,
  { folder, nonProduction, own }: WorldOptions,
): Map<string, string> {
  const key = newText(nonProduction)
  const child = spawn(process.execPath, ['reminder-service/main.js'], {
    ...{ cwd: folder.root, stdio: ['pipe', 'inherit', 'inherit'] },
    env: { PATH: process.env['PATH'] ?? '', PORT: folder.port('4005') },
  })
  const ended = once(child, 'exit')
  child.stdin.end(`${credential}\n${key}`)
  own.defer(async () => {
    child.kill()
    await ended
  }, 'reminders')
  return new Map([['REMINDERS_ADAPTER', key]])
}
