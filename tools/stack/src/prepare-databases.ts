import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import {
  type DatabaseCredentials,
  formatDatabaseUrl,
  openConnection,
  parseConnectionUrl,
} from '@rekey/db-pool-rotator'
import {
  admitLogin,
  createOwnerRole,
  listLogins,
  nextLoginName,
} from '@rekey/db-pool-rotator/roles'
import { createScramVerifier, inTransaction } from '@rekey/db-pool-rotator/internal/roles'
import type { FamilyDatabase } from '@rekey/rekey/internal'
import { NON_PRODUCTION_PREFIX, Secret } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import type { Postgres } from '@rekey/testbed'
import pg from 'pg'
import { nameOf, REFERENCE, ROTATOR_LOGIN } from './reference-family.ts'

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

/** The layout of a fresh server. */
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
  server: Pick<Postgres, 'adminUrl'>,
  { nonProduction, logins }: LayoutOptions,
): Promise<Layout> {
  const superuser = parseConnectionUrl(server.adminUrl.expose())
  const newLogin = (user: string, database: string): DatabaseCredentials => {
    return { ...superuser, user, password: newPassword(nonProduction), database }
  }
  const rotator = newLogin(ROTATOR, JOURNAL_DATABASE)
  const lender = logins === 'lent' ? newLogin(LENDER, JOURNAL_DATABASE) : undefined
  await asClient(superuser, async (client) => {
    for (const admin of [rotator, lender]) if (admin) await createAdmin(client, admin)
    await client.query(`create database ${JOURNAL_DATABASE} owner ${ROTATOR}`)
    await closeToServices(client, lender)
    for (const { database } of REFERENCE.databases) {
      await client.query(`create database ${pg.escapeIdentifier(database)}`)
    }
  })
  const secrets = new Map([[ROTATOR_LOGIN, toSecret(ROTATOR_LOGIN, rotator)]])
  for (const place of REFERENCE.databases) {
    const { service, database, ownerRole } = place
    await asClient(rotator, (client) => createOwnerRole(client, ownerRole))
    await asClient({ ...superuser, database }, (client) => createTables(client, place))
    if (lender) {
      await asClient(superuser, (client) => allowLending(client, ownerRole))
    } else {
      const login = newLogin(nextLoginName(ownerRole), database)
      const name = nameOf('database', service)
      await asClient(rotator, (client) => admitFirst(client, ownerRole, login))
      secrets.set(name, toSecret(name, login))
    }
  }
  return { secrets, lender }
}

/** A service connects to its own database and to no other: it could hold up the journal of all. */
async function closeToServices(
  client: pg.Client,
  lender: DatabaseCredentials | undefined,
): Promise<void> {
  const names = `${JOURNAL_DATABASE}, postgres, template1`
  await client.query(`revoke connect, temporary on database ${names} from public`)
  if (lender) await client.query(`grant connect on database ${JOURNAL_DATABASE} to ${lender.user}`)
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
  const owner = pg.escapeIdentifier(ownerRole)
  await client.query(`grant ${owner} to ${LENDER} with admin true, inherit false, set false`)
}

function admitFirst(client: pg.Client, ownerRole: string, login: DatabaseCredentials) {
  const admission = { ownerRole, login: login.user, password: Secret.of(login.password, ownerRole) }
  return inTransaction(client, () => admitLogin(client, admission))
}

/** The service's own `schema.sql`, in a database that only its role and the rotator may enter. */
async function createTables(
  client: pg.Client,
  { service, database, ownerRole }: FamilyDatabase,
): Promise<void> {
  const [name, owner] = [database, ownerRole].map((text) => pg.escapeIdentifier(text))
  await client.query(`revoke connect, temporary on database ${name} from public`)
  await client.query(`grant connect on database ${name} to ${owner}, ${ROTATOR}`)
  const path = new URL(`../../../services/${service}/schema.sql`, import.meta.url)
  await client.query(await readFile(path, 'utf8'))
}

function newPassword(nonProduction: boolean): string {
  return (nonProduction ? NON_PRODUCTION_PREFIX : '') + randomBytes(32).toString('base64url')
}

function toSecret(name: string, login: DatabaseCredentials): Secret {
  return Secret.of(formatDatabaseUrl(login), name)
}

/** The login roles of a service, the lender excepted. */
export async function listServiceLogins(client: SqlClient, service: string): Promise<string[]> {
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
