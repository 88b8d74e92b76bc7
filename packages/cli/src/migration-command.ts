import type { DatabaseCredentials } from '@rekey/db-pool-rotator'
import { openConnection, parseConnectionUrl } from '@rekey/db-pool-rotator/connection'
import {
  databaseAccess,
  type Migration,
  type MigrationPlan,
  planMigration,
} from '@rekey/db-pool-rotator/inspection'
import { SecretError } from '@rekey/secret'
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
  const url = env[variable]
  if (!url) throw new UsageError(`${variable} is not set: put the URL of a role there`)
  const credentials = parseUrl(variable, url)
  await using client = await connect(variable, credentials)
  return await planMigration(databaseAccess(client, credentials), migration)
}

function parseUrl(variable: string, url: string): DatabaseCredentials {
  try {
    return parseConnectionUrl(url)
  } catch (error) {
    if (error instanceof SecretError)
      throw new UsageError(`${variable} is no URL of a database: ${error.message}`)
    throw error
  }
}

async function connect(variable: string, credentials: DatabaseCredentials) {
  try {
    return await openConnection(credentials)
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    const message = `no session can log in with ${variable}: ${error.message}`
    throw new SecretError(error.code, message, error.details)
  }
}
