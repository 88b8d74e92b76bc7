import {
  databaseAccess,
  type Migration,
  type MigrationPlan,
  planMigration,
} from '@rekey/db-pool-rotator/inspection'
import { SecretError } from '@rekey/secret'
import pg from 'pg'
import type { CliContext } from './cli-context.ts'
import { UsageError } from './failure.ts'
import { createPrinter } from './printer.ts'

/** One of the scripts of a migration. */
export type MigrationPart = 'prepare' | 'finish' | 'rollback'

/** Flags of `rekey plan-migration ROLE`. */
export interface MigrationFlags {
  readonly owner?: string
  readonly login?: string
  readonly part?: MigrationPart
  /** The name of the environment variable with the URL: an argument would be seen by every process. */
  readonly urlVariable: string
  readonly json?: boolean
}

/** `rekey plan-migration ROLE`: prints the SQL on stdout and the warnings on stderr. Changes nothing. */
export async function planRoleMigration(
  role: string,
  flags: MigrationFlags,
  context: CliContext,
): Promise<void> {
  const { owner, login, part, json } = flags
  const migration = {
    role,
    ...(owner !== undefined && { ownerRole: owner }),
    ...(login !== undefined && { login }),
  }
  const plan = await withDatabase(flags.urlVariable, context, migration)
  const { prepare, finish, rollback, warnings } = plan
  const scripts = part === undefined ? [prepare, finish, rollback] : [plan[part]]
  createPrinter(flags, context).line(
    { role, prepare, finish, rollback, warnings },
    scripts.join('\n'),
  )
  if (json) return
  for (const warning of warnings) context.process.stderr.write(`warning: ${warning}\n`)
}

async function withDatabase(
  variable: string,
  { env }: CliContext,
  migration: Migration,
): Promise<MigrationPlan> {
  const connectionString = env[variable]
  if (!connectionString) throw new UsageError(`${variable} is not set: put the URL of a role there`)
  const client = createClient(variable, connectionString)
  // A connection that is cut also fails the query that runs; the event alone would end the process.
  client.on('error', () => undefined)
  try {
    await connect(client, variable)
    return await planMigration(databaseAccess(client, { connectionString }), migration)
  } finally {
    await client.end()
  }
}

function createClient(variable: string, connectionString: string): pg.Client {
  try {
    return new pg.Client({ connectionString })
  } catch {
    throw new UsageError(
      `${variable} is no URL of a database: postgresql://USER:PASSWORD@HOST/NAME`,
    )
  }
}

async function connect(client: pg.Client, variable: string): Promise<void> {
  try {
    await client.connect()
  } catch {
    throw new SecretError(
      'unreachable',
      `nobody can log in with ${variable}: check it and the server`,
    )
  }
}
