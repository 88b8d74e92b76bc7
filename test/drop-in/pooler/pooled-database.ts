import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import {
  openPgBouncer,
  openPostgres,
  type PgBouncer,
  type Postgres,
  type PostgresOptions,
} from '@rekey/testbed'
import pg from 'pg'

/** How a database behind PgBouncer is set up. */
export interface PooledDatabaseOptions {
  /** The executable. */
  readonly program: string
  readonly poolMode: string
  readonly postgres?: PostgresOptions
  /** What differs from the runbook. */
  readonly settings?: Readonly<Record<string, string | number>>
}

/** A server, and a PgBouncer in front of it. */
export interface PooledDatabase extends AsyncDisposable {
  readonly server: Postgres
  readonly pooler: PgBouncer
}

const RUNBOOK = new URL('../../../docs/runbooks/pgbouncer.md', import.meta.url)

/** Starts both, and sets them up with the very statements and settings of the runbook. */
export async function openPooledDatabase(options: PooledDatabaseOptions): Promise<PooledDatabase> {
  const { program, poolMode, postgres, settings } = options
  const server = await openPostgres(postgres)
  const password = randomBytes(24).toString('hex')
  await asAdmin(server, 'postgres', async (admin) => {
    await admin.query(await runbookBlock('sql'))
    await admin.query(`alter role pgbouncer password ${pg.escapeLiteral(password)}`)
  })
  const advised = parseSettings(await runbookBlock('ini'))
  const pooler = await openPgBouncer({
    program,
    server,
    settings: { ...advised, pool_mode: poolMode, ...settings },
    users: { pgbouncer: password },
  })
  return {
    server,
    pooler,
    async [Symbol.asyncDispose]() {
      await pooler.close()
      await server.close()
    },
  }
}

/** Lends a superuser's connection. */
export async function asAdmin<T>(
  server: Postgres,
  database: string,
  work: (admin: pg.Client) => Promise<T>,
): Promise<T> {
  const url = new URL(server.adminUrl.expose())
  url.pathname = database
  const admin = new pg.Client({ connectionString: url.href })
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.end()
  }
}

/** What the runbook tells its reader to run or to write. */
export async function runbookBlock(language: 'sql' | 'ini'): Promise<string> {
  const text = await readFile(RUNBOOK, 'utf8')
  const [, block] = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(text) ?? []
  if (block === undefined) throw new Error(`The runbook has no block in ${language}`)
  return block
}

function parseSettings(ini: string): Record<string, string> {
  const lines = ini.matchAll(/^(\w+) = (.*)$/gm)
  return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]))
}
