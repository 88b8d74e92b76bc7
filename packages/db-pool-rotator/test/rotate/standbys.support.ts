import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { rotate, RotationError } from '@rekey/rekey/engine'
import type { RotationOptions } from '@rekey/rekey/internal/engine'
import type { RotationKind } from '@rekey/secret/kind'
import { createMemoryStore } from '@rekey/config-loader/store'
import { openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import { expect } from 'vitest'
import { createClusterPool } from '../../src/connection/internal.ts'
import { parseConnectionUrl } from '../../src/index.ts'
import { openProxy } from '../proxy.support.ts'
import { setUp } from './database-kind.support.ts'

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
  /** The server that is promoted next, once it receives the log: what a primary sends when it stops, it sends to those that follow. */
  const findSuccessor = async () => {
    const [next, name] = now.primary === primary ? [standby, 'second'] : [primary, 'first']
    const isFollowing = `select 1 from pg_stat_replication where application_name = '${name}' and state = 'streaming'`
    await expect
      .poll(() => asSuperuser(now.primary, isFollowing), { timeout: 120_000 })
      .toHaveLength(1)
    return next
  }
  const promote = async (next: Postgres) => {
    await asSuperuser(next, 'select pg_promote()')
    now.primary = next
  }
  const proxy = await openProxy(() => now.primary.port)
  let count = 0
  return {
    ...{ primary, standby, cascading, servers, admin, poolOf, proxy, now },
    /** Stops the primary, promotes the other server that can be one, and has the first follow it. */
    async switchOver() {
      const old = now.primary
      const next = await findSuccessor()
      await old.stop()
      await promote(next)
      await old.follow(now.primary)
      await old.start()
    },
    /** Ends the primary at once, with what it has not sent, and promotes the other server that can be one. */
    async crash() {
      const next = await findSuccessor()
      const { pid } = now.primary
      if (pid !== undefined) process.kill(pid, 'SIGQUIT')
      await now.primary.stop()
      await promote(next)
    },
    /** @param at - where the service logs in. Default: at the primary of that moment */
    setUp: (at = { host: '127.0.0.1', port: proxy.port }) =>
      setUp(`app${(count += 1)}`, { admin, ...at }, createMemoryStore),
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

/** Runs a rotation again while its server gives no answer, as a controller does. */
export async function rotateUntilDone(kind: RotationKind, options: RotationOptions) {
  for (;;) {
    try {
      return await rotate(kind, options)
    } catch (error) {
      if (!(error instanceof RotationError) || !mayPass(error)) throw error
      await delay(100)
    }
  }
}

function mayPass({ code, reason }: RotationError): boolean {
  return code === 'busy' || code === 'fenced' || reason === 'unreachable'
}
