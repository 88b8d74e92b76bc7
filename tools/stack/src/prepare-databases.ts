import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type DatabaseCredentials, formatDatabaseUrl } from '@rekey/db-pool-rotator'
import { openConnection, parseConnectionUrl } from '@rekey/db-pool-rotator/connection'
import {
  admitLogin,
  createOwnerRole,
  createScramVerifier,
  inTransaction,
  listLogins,
  nextLoginName,
} from '@rekey/db-pool-rotator/roles'
import { NON_PRODUCTION_PREFIX, Secret } from '@rekey/secret'
import type { Postgres } from '@rekey/testbed'
import pg from 'pg'
import { DATABASE_SERVICES, databaseName, ROTATOR_LOGIN } from './secret-names.ts'

/** The rotator's own role and the database of its journal. */
const ROTATOR = 'rekey_rotator'
const JOURNAL_DATABASE = 'rekey'

/** The role with which a store makes logins by itself. */
const LENDER = 'rekey_lender'

/** How the databases are laid out. */
export interface LayoutOptions {
  /** Whether passwords bear the mark of development. */
  readonly nonProduction: boolean
  /** `rotated`: a first login for each service, in the store. `lent`: none, and a lender that can make them. */
  readonly logins: 'rotated' | 'lent'
}

/** What a fresh server has. */
export interface Layout {
  /** The text of each secret by its name in the store. */
  readonly secrets: ReadonlyMap<string, Secret>
  /** Only where logins are lent. */
  readonly lender: DatabaseCredentials | undefined
}

/**
 * Lays out a fresh server: a database for each service with its tables, an owner role with the rights the service needs, a
 * rotator that may create roles and end sessions but is no superuser, and either a first login for each service or a lender.
 */
export async function prepareDatabases(
  server: Pick<Postgres, 'host' | 'port' | 'adminUrl'>,
  { nonProduction, logins }: LayoutOptions,
): Promise<Layout> {
  const newLogin = (user: string, database: string): DatabaseCredentials => {
    return { ...addressOf(server), user, password: newPassword(nonProduction), database }
  }
  const superuser = parseConnectionUrl(server.adminUrl.expose())
  const rotator = newLogin(ROTATOR, JOURNAL_DATABASE)
  const lender = logins === 'lent' ? newLogin(LENDER, JOURNAL_DATABASE) : undefined
  await asClient(superuser, async (client) => {
    for (const admin of [rotator, lender]) if (admin) await createAdmin(client, admin)
    await client.query(`create database ${JOURNAL_DATABASE} owner ${ROTATOR}`)
    for (const name of DATABASE_SERVICES) await client.query(`create database ${name}`)
  })
  const secrets = new Map([[ROTATOR_LOGIN, toSecret(ROTATOR_LOGIN, rotator)]])
  for (const name of DATABASE_SERVICES) {
    await asClient(rotator, (client) => createOwnerRole(client, name))
    await asClient({ ...superuser, database: name }, (client) => createTables(client, name))
    if (lender) {
      await asClient(superuser, (client) => allowLending(client, name))
    } else {
      const login = newLogin(nextLoginName(name), name)
      await asClient(rotator, (client) => admitFirst(client, name, login))
      secrets.set(databaseName(name), toSecret(databaseName(name), login))
    }
  }
  return { secrets, lender }
}

function addressOf({ host, port }: { host: string; port: number }) {
  return { host, port }
}

/** A role that may make logins and end their sessions. */
async function createAdmin(client: pg.Client, { user, password }: DatabaseCredentials) {
  const verifier = pg.escapeLiteral(await createScramVerifier(Secret.of(password, user)))
  await client.query(
    `create role ${user} login createrole password ${verifier} in role pg_signal_backend`,
  )
}

/** It gives the owner role on, and does not act with its rights. */
async function allowLending(client: pg.Client, ownerRole: string): Promise<void> {
  await client.query(`grant ${ownerRole} to ${LENDER} with admin true, inherit false, set false`)
}

function admitFirst(client: pg.Client, ownerRole: string, login: DatabaseCredentials) {
  const admission = { ownerRole, login: login.user, password: Secret.of(login.password, ownerRole) }
  return inTransaction(client, () => admitLogin(client, admission))
}

/** The service's own `schema.sql`, in a database that only its role and the rotator may enter. */
async function createTables(client: pg.Client, name: string): Promise<void> {
  await client.query(`revoke connect, temporary on database ${name} from public`)
  await client.query(`grant connect on database ${name} to ${name}, ${ROTATOR}`)
  const path = new URL(`../../../services/${name}/schema.sql`, import.meta.url)
  await client.query(await readFile(path, 'utf8'))
}

function newPassword(nonProduction: boolean): string {
  return (nonProduction ? NON_PRODUCTION_PREFIX : '') + randomBytes(32).toString('base64url')
}

function toSecret(name: string, login: DatabaseCredentials): Secret {
  return Secret.of(formatDatabaseUrl(login), name)
}

/** The login roles of a service, the lender excepted. */
export async function listServiceLogins(client: pg.ClientBase, service: string): Promise<string[]> {
  const names = (await listLogins(client, service)).map(({ name }) => name)
  return names.filter((name) => name !== LENDER)
}

async function asClient(
  login: DatabaseCredentials,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  await using client = await openConnection(login)
  await work(client)
}
