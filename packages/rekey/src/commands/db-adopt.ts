import {
  type DatabaseCredentials,
  formatDatabaseUrl,
  openConnection,
  parseConnectionUrl,
} from '@rekey/db-pool-rotator'
import { proveLogin } from '@rekey/db-pool-rotator/internal'
import {
  databaseAccess,
  type MigrationPlan,
  planMigration,
} from '@rekey/db-pool-rotator/internal/inspection'
import { databaseKind } from '@rekey/db-pool-rotator/internal/rotate'
import { createScramVerifier } from '@rekey/db-pool-rotator/internal/roles'
import { Secret, SecretError } from '@rekey/secret'
import { printableText } from '@rekey/secret/internal'
import { randomValue } from '@rekey/secret/internal/kind'
import { type Command, Option } from 'commander'
import pg from 'pg'
import { z } from 'zod'
import type { CliContext } from './cli-context.ts'
import { UsageError } from './failure.ts'
import { jsonLine, printing } from './json-output.ts'
import { openPlaces, placed, type PlaceFlags } from './place-value.ts'
import { createPrinter } from './printer.ts'

/** One of the scripts of a migration. */
type Part = z.output<typeof PART>

const PART = z.enum(['prepare', 'rotator', 'finish', 'rollback'])

interface AdoptFlags extends PlaceFlags {
  readonly owner?: string
  readonly login?: string
  readonly rotator: string
  readonly part?: Part
  readonly run?: Part
  readonly service?: string
  readonly production?: boolean
  readonly acceptWarnings?: boolean
  /** The name of the environment variable with the URL: an argument would be seen by every process. */
  readonly urlVariable: string
  readonly json?: boolean
}

const LINES = z.discriminatedUnion('type', [
  jsonLine('scripts', 'The SQL of the migration.', {
    role: z.string(),
    prepare: z.string(),
    rotator: z.string(),
    finish: z.string(),
    rollback: z.string(),
    warnings: z.array(z.string()),
  }),
  jsonLine('ran', 'With --run: a part of the migration that was run.', {
    role: z.string(),
    ran: PART,
    login: z.string(),
    ownerRole: z.string(),
  }),
])

/** Defines `rekey db adopt`. */
export function defineAdopt(command: Command, context: CliContext): void {
  printing(placed(command), LINES, [
    'rekey db adopt orders --owner orders_owner',
    'rekey db adopt orders --run prepare --service shop --env services/shop/.env',
    'rekey db adopt orders --run rotator --rotator rekey',
    'rekey db adopt orders --run finish',
  ])
    .argument('<role>', 'the role that a service logs in as today')
    .option('--owner <role>', 'the owner role to make; default: the role keeps its name')
    .option('--login <role>', 'the first login to make; default: OWNER_g1')
    .option('--rotator <role>', 'the role that the rotator logs in as', 'rekey')
    .addOption(new Option('--part <part>', 'print only this one').choices(PART.options))
    .addOption(new Option('--run <part>', 'run this one').choices(PART.options).conflicts('part'))
    .option('--service <name>', 'with --run prepare: the service that the login is for')
    .option('--production', 'with --run prepare: without the mark of development')
    .option('--accept-warnings', 'with --run: go on in spite of them')
    .option('--url-variable <variable>', 'which environment variable holds the URL', 'DATABASE_URL')
    .action((role: string, flags: AdoptFlags) => adoptRole(role, flags, context))
}

/** `rekey db adopt ROLE`: prints the SQL on stdout and the warnings on stderr, or runs one of its scripts as the role of the URL. */
async function adoptRole(role: string, flags: AdoptFlags, context: CliContext): Promise<void> {
  const { owner, login, rotator, run, urlVariable } = flags
  const credentials = credentialsIn(urlVariable, context)
  await using client = await connect(urlVariable, credentials)
  const plan = await planMigration(databaseAccess(client, credentials), {
    ...{ role, rotator },
    ...(owner !== undefined && { ownerRole: owner }),
    ...(login !== undefined && { login }),
    ...(run !== undefined && run !== 'prepare' && { isPrepared: true }),
  })
  const adoption = { role, plan, credentials, client, flags, context }
  if (run === undefined) printPlan(adoption)
  else await RUNS[run](adoption)
}

interface Adoption {
  readonly role: string
  readonly plan: MigrationPlan
  /** Of the role that the command acts as. */
  readonly credentials: DatabaseCredentials
  readonly client: pg.ClientBase
  readonly flags: AdoptFlags
  readonly context: CliContext
}

function printPlan({ role, plan, flags, context }: Adoption): void {
  const { prepare, rotator, finish, rollback, warnings } = plan
  const parts = flags.part === undefined ? PART.options : [flags.part]
  createPrinter<typeof LINES>(flags, context).script(
    { type: 'scripts', role, prepare, rotator, finish, rollback, warnings },
    parts.map((part) => plan[part]).join('\n'),
  )
  if (flags.json) return
  for (const warning of warnings) {
    context.process.stderr.write(`warning: ${printableText(warning)}\n`)
  }
}

const RUNS: Readonly<Record<Part, (adoption: Adoption) => Promise<void>>> = {
  prepare: prepareLogin,
  rotator: handOver,
  finish: closeRole,
  rollback: (adoption) => runScript(adoption, 'rollback', `${adoption.role} logs in again`),
}

/** The value is in its place before the server has it, so that no login is made that no place knows; a refused one is taken out again. */
async function prepareLogin(adoption: Adoption): Promise<void> {
  const { plan, credentials, flags, context } = adoption
  if (flags.service === undefined) throw new UsageError('whose login is it? give --service NAME')
  if (plan.warnings.length > 0 && flags.acceptWarnings !== true) {
    const all = plan.warnings.map((warning) => `warning: ${warning}`)
    const advice = 'nothing was changed: look at each, then give --accept-warnings'
    throw new SecretError('refused', [...all, advice].join('\n'))
  }
  const name = databaseKind.storeName(flags.service)
  const places = await openPlaces(name, flags, context)
  const nonProduction = flags.production !== true
  const password = randomValue(name, { nonProduction }).expose()
  const made = { ...credentials, user: plan.login, password }
  const verifier = await createScramVerifier(Secret.of(password, plan.login))
  if (places.paths.length > 0) await places.place(Secret.of(formatDatabaseUrl(made), name))
  try {
    await runStatements(adoption, 'prepare', verifier)
  } catch (error) {
    // Without an answer of the server, it may have the login.
    if (isRefusal(error)) await places.remove()
    throw described(error, 'prepare')
  }
  await proveLogin(Secret.of(made, name), adoption.role)
  if (places.paths.length === 0) await places.place(Secret.of(formatDatabaseUrl(made), name))
  else
    report(
      adoption,
      'prepare',
      `${plan.login} logs in and acts as ${adoption.role}: ${name} is in ${places.paths.join(', ')}`,
    )
}

const MISSING =
  'select name from unnest($1::text[]) name where to_regrole(quote_ident(name)) is null'

/** Without the rotator's own login there is nothing to hand over to; without the first login, not all that there is to hand over. */
async function handOver(adoption: Adoption): Promise<void> {
  const { client, flags, plan } = adoption
  const remedies = new Map([
    [plan.login, 'run --run prepare first'],
    [flags.rotator, ROTATOR_REMEDY],
  ])
  const { rows } = await client.query<{ name: string }>(MISSING, [[...remedies.keys()]])
  const [absent] = rows
  if (absent !== undefined) {
    const message = `there is no role ${absent.name}: ${remedies.get(absent.name) ?? ''}`
    throw new SecretError('missing', message, { role: absent.name })
  }
  await runScript(adoption, 'rotator', `${flags.rotator} can replace ${plan.login} from now on`)
}

const ROTATOR_REMEDY =
  'make it with createrole and in role pg_signal_backend, or name it with --rotator'

const SESSIONS = 'select count(*)::int as open from pg_stat_activity where usename = $1'

async function closeRole(adoption: Adoption): Promise<void> {
  const { role, client, plan } = adoption
  const { rows } = await client.query<{ open: number }>(SESSIONS, [role])
  const open = rows[0]?.open ?? 0
  if (open > 0) {
    const message = `${open} sessions of ${role} are open: have the service log in as ${plan.login} first`
    throw new SecretError('conflict', message, { open })
  }
  await runScript(adoption, 'finish', `${role} is closed to sessions`)
}

async function runScript(adoption: Adoption, part: Part, done: string): Promise<void> {
  try {
    await runStatements(adoption, part)
  } catch (error) {
    throw described(error, part)
  }
  report(adoption, part, done)
}

function report({ role, plan, flags, context }: Adoption, ran: Part, text: string): void {
  const { login, ownerRole } = plan
  createPrinter<typeof LINES>(flags, context).line(
    { type: 'ran', role, ran, login, ownerRole },
    text,
  )
}

/** They are in one transaction, which ends with the connection if one of them fails. */
async function runStatements(
  { client, plan }: Adoption,
  part: Part,
  verifier?: string,
): Promise<void> {
  for (const statement of plan.statementsOf(part, verifier)) await client.query(statement)
}

/** The server has answered: the connection ends with the command, and its transaction with it. */
function isRefusal(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError
}

function described(error: unknown, part: Part): SecretError {
  if (isRefusal(error)) {
    const message = `${part} failed with SQLSTATE ${error.code ?? ''} and changed nothing: look into the log of the server, and run it again`
    return new SecretError('refused', message)
  }
  const remedy =
    part === 'prepare' ? 'run rollback, remove the value, and begin again' : 'run it again'
  return new SecretError(
    'unreachable',
    `the server gave no answer to ${part}, which it may have done: ${remedy}`,
  )
}

function credentialsIn(variable: string, { env }: CliContext): DatabaseCredentials {
  const url = env[variable]
  if (!url) throw new UsageError(`${variable} is not set: put the URL of a role there`)
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
    return await openConnection(credentials, { catalogOnly: true })
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    const message = `no session can log in with ${variable}: ${error.message}`
    throw new SecretError(error.code, message, error.details)
  }
}
