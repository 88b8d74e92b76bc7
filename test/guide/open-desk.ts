import { randomBytes } from 'node:crypto'
import { DisposalStack } from '@rekey/secret'
import { findFreePorts, openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { filesOf, readBlocks } from './guide-blocks.ts'
import { CLOSE_MS, openReaderFolder, type ReaderFolder } from './reader-folder.ts'
import type { Desk } from './type-page.ts'

/** The ports of the services on the pages. */
const PORTS = ['3001', '3002', '9001', '9002']

/** A desk with a folder and a PostgreSQL server of its own. */
export interface OpenedDesk extends Desk, AsyncDisposable {
  /** Of the administrator of PostgreSQL, at a database. */
  readonly adminUrlAt: (database: string) => string
}

/** Opens the place where a reader types the pages: in a folder of its own, or in one that stays. */
export async function openDesk(folder?: ReaderFolder): Promise<OpenedDesk> {
  const own = new DisposalStack({ limitMs: CLOSE_MS })
  const server = own.use(await openPostgres(), 'PostgreSQL')
  const admin = new pg.Client(server.adminUrl.expose())
  await admin.connect()
  own.defer(() => admin.end(), 'administrator')
  const ports = await findFreePorts(PORTS.length)
  const replaced = new Map([
    ...PORTS.map((port, n) => [port, String(ports[n])] as const),
    ['5432', String(server.port)],
    ['PASSWORD', `dev-${randomBytes(32).toString('hex')}`],
  ])
  const adminUrlAt = (database: string) =>
    Object.assign(new URL(server.adminUrl.expose()), { pathname: database }).href
  return {
    folder: folder ?? own.use(await openReaderFolder(), 'folder'),
    here: (text) =>
      text.replaceAll(/\b(?:\d{4}|PASSWORD)\b/g, (name) => replaced.get(name) ?? name),
    query: (sql, database) =>
      database === undefined ? admin.query(sql) : queryAt(adminUrlAt(database), sql),
    adminUrlAt,
    [Symbol.asyncDispose]: () => own.dispose(),
  }
}

async function queryAt(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  await client.query(sql)
  await client.end()
}

/** A longer time on the pages, and what is enough here: silence of an old key, and the age at which a service reads a secret anew. */
const WAITS = [
  ['60000', '1000'],
  [
    'loadService(definition, options)',
    'loadService(definition, { ...options, policy: { ttlMs: 500 } })',
  ],
] as const

/** The desk of a page on production: with a store, and the first pages' services installed and written anew. */
export async function atStore(desk: Desk, store: StoreHere): Promise<Desk> {
  const { env, addresses = new Map<string, string>(), others, pages = ['start.md'] } = store
  const { folder } = desk
  await folder.clear()
  const replaced = [...addresses, ...WAITS]
  const here = (text: string) =>
    desk.here(replaced.reduce((all, [name, value]) => all.replaceAll(name, value), text))
  const files = filesOf(pages.flatMap(readBlocks))
  await folder.write(new Map(Array.from(files, ([path, text]) => [path, here(text)])))
  return {
    ...desk,
    here,
    env,
    ...(others && { others }),
  }
}

/** A store of secrets, as the pages on production name it. */
interface StoreHere {
  readonly env: Readonly<Record<string, string>>
  /** An address on the page, and the one here. */
  readonly addresses?: ReadonlyMap<string, string>
  readonly others?: Desk['others']
  /** The pages that the services are from. */
  readonly pages?: readonly string[]
}
