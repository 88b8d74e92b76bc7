import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineService, loadService } from '@rekey/config-loader'
import { openDotenvStore } from '@rekey/config-loader/store'
import { formatDatabaseUrl, postgresLogin } from '@rekey/db-pool-rotator'
import type { Postgres } from '@rekey/testbed'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { runProgram } from './run-program.support.ts'
import { listen } from './shop-and-mail.support.ts'

/** Roles, databases and tables of a server, as its catalogue has them. */
const CATALOGUE = `select 'role ' || rolname as name from pg_roles union all select 'database ' || datname from pg_database order by 1`

/** Opens a deployment of one service with a database login, whose rotator has the least rights that it needs. */
export async function openCheckedDeployment(server: Postgres) {
  const admin = new pg.Client({ connectionString: server.adminUrl.expose() })
  await admin.connect()
  const directory = await mkdtemp(join(tmpdir(), 'rekey-check-'))
  onTestFinished(async () => {
    await admin.query('drop database rekey with (force)')
    await admin.query('drop owned by shop, shop_g1, rekey cascade')
    await admin.query(
      'drop role shop_g1; drop role shop; drop role rekey; drop role if exists other',
    )
    await admin.end()
    await rm(directory, { recursive: true })
  })
  const [own, first] = [newPassword(), newPassword()]
  await admin.query(`create role shop nologin; create role rekey login createrole password '${own}'
    in role pg_signal_backend; grant shop to rekey with admin true, inherit false, set false`)
  await admin.query('create database rekey owner rekey')
  const { host, port } = server
  const urlOf = (user: string, password: string, database: string) =>
    formatDatabaseUrl({ user, password, host, port, database })
  const asRotator = new pg.Client({ connectionString: urlOf('rekey', own, 'rekey') })
  await asRotator.connect()
  await asRotator.query(`create role shop_g1 login password '${first}'; grant shop to shop_g1`)
  await asRotator.end()
  const path = join(directory, '.env')
  const secrets = {
    DATABASE_ROTATOR: urlOf('rekey', own, 'rekey'),
    DATABASE_SHOP: urlOf('shop_g1', first, 'postgres'),
  }
  const text = Object.entries(secrets).map(([name, value]) => `${name}=${value}\n`)
  await writeFile(path, text.join(''), { mode: 0o600 })
  const shop = await loadService(
    defineService({ name: 'shop', settings: z.object({}), secrets: { database: postgresLogin() } }),
    { env: { REKEY_ENVIRONMENT: 'test' }, source: await openDotenvStore({ path }) },
  )
  const at = await listen(shop)
  const family = {
    ...{ services: ['shop'], environment: 'development', journal: 'main', validationMs: 0 },
    databases: [{ service: 'shop', database: 'postgres' }],
    store: { locator: `dotenv:${path}` },
    fleet: [{ service: 'shop', url: at, healthUrl: at }],
    auditDirectory: join(directory, 'audit'),
  }
  const file = join(directory, 'production.json')
  const edit = (change: object) => writeFile(file, JSON.stringify({ ...family, ...change }))
  await edit({})
  return {
    ...{ admin, at, directory, edit, file, path, server },
    values: [own, first],
    check: () => runProgram(['check', '--family', file, '--json']),
    show: (...args: readonly string[]) => runProgram([...args, '--family', file]),
    /** Runs a statement in the database of the journal, as the superuser. */
    async inJournal(statement: string) {
      const url = new URL(server.adminUrl.expose())
      url.pathname = '/rekey'
      const client = new pg.Client({ connectionString: url.href })
      await client.connect()
      await client.query(statement).finally(() => client.end())
    },
    /** Everything that a check could change. */
    async state() {
      const { rows } = await admin.query<{ name: string }>(CATALOGUE)
      return { rows, store: await readFile(path, 'utf8'), files: await readdir(directory) }
    },
  }
}

function newPassword(): string {
  return `dev-${randomBytes(24).toString('hex')}`
}
