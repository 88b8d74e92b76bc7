import { randomBytes } from 'node:crypto'
import { createMemoryStore } from '@rekey/secret-stores'
import { openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import { createClusterPool, parseConnectionUrl } from '../connection/index.ts'
import { openProxy } from '../proxy.test.support.ts'
import { setUp } from './database-kind.test.support.ts'

/** The least rights of a rotator whose server has standbys; `postgres` holds its journal. */
const ROTATOR = (password: string) => [
  `create role rotator login createrole password '${password}' in role pg_signal_backend, pg_read_all_stats`,
  'grant create on database postgres to rotator',
]

/** A primary, a standby of it and a standby of that, with a rotator of limited rights and an address that is always the primary's. */
export async function openCluster(binDirectory?: string) {
  const open = (name: string, standbyOf?: Postgres) =>
    openPostgres({
      ...(binDirectory !== undefined && { binDirectory }),
      ...(standbyOf && { standbyOf }),
      // Otherwise a commit is written, and sent, up to 0.6 s later.
      settings: { cluster_name: name, synchronous_commit: 'local' },
    })
  const primary = await open('first')
  const standby = await open('second', primary)
  const cascading = await open('third', standby)
  const servers = [primary, standby, cascading]
  const password = randomBytes(24).toString('hex')
  await asSuperuser(primary, ...ROTATOR(password))
  const poolOf = (...listed: readonly Postgres[]) =>
    createClusterPool(
      listed.map(({ port }) => {
        const superuser = parseConnectionUrl(primary.adminUrl.expose())
        return { ...superuser, user: 'rotator', password, port }
      }),
      { max: 4 },
    )
  const admin = poolOf(...servers)
  const now = { primary }
  const proxy = await openProxy(() => now.primary.port)
  let count = 0
  return {
    ...{ primary, standby, cascading, servers, admin, poolOf, proxy, now },
    setUp: () => {
      const place = { admin, host: '127.0.0.1', port: proxy.port }
      return setUp(`app${(count += 1)}`, place, createMemoryStore)
    },
    async close() {
      await proxy[Symbol.asyncDispose]()
      await admin.end()
      for (const server of servers.toReversed()) await server.close()
    },
  }
}

/** Runs statements at a server, whose answer to the last one it returns. */
export async function asSuperuser(server: Postgres, ...statements: string[]) {
  const client = new pg.Client({ connectionString: server.adminUrl.expose() })
  client.on('error', () => undefined)
  await client.connect()
  let rows: Record<string, unknown>[] = []
  try {
    for (const statement of statements) {
      rows = (await client.query<Record<string, unknown>>(statement)).rows
    }
  } finally {
    await client.end()
  }
  return rows
}
