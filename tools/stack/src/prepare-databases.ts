import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type DatabaseCredentials, formatDatabaseUrl } from '@rekey/db-pool-rotator'
import {
  admitLogin,
  createOwnerRole,
  createScramVerifier,
  inTransaction,
  nextLoginName,
} from '@rekey/db-pool-rotator/roles'
import { NON_PRODUCTION_PREFIX, Secret } from '@rekey/secret'
import pg from 'pg'

/** The services that have a database. Database, owner role and service bear one name. */
export const DATABASE_SERVICES = ['frontend', 'certtransparency'] as const

/** The rotator's own role and the database of its journal. */
const ROTATOR = 'rekey_rotator'
const JOURNAL_DATABASE = 'rekey'

/** Where the server is. */
export interface ServerAddress {
  readonly host: string
  readonly port: number
}

/**
 * Lays out a fresh server: a database for each service with its tables, an owner role with the rights the service needs, a
 * first login, and a rotator that may create roles and end sessions but is no superuser.
 *
 * @returns the text of each secret by its name in the store
 */
export async function prepareDatabases(
  address: ServerAddress,
  superuserUrl: string,
): Promise<Map<string, Secret>> {
  const rotator = newLogin(address, ROTATOR, JOURNAL_DATABASE)
  await asClient(superuserUrl, async (client) => {
    await createRotator(client, rotator)
    for (const name of DATABASE_SERVICES) await client.query(`create database ${name}`)
  })
  const secrets = new Map([['DATABASE_ROTATOR', toSecret('DATABASE_ROTATOR', rotator)]])
  for (const name of DATABASE_SERVICES) {
    const login = newLogin(address, nextLoginName(name), name)
    await asClient(urlOf({ ...rotator, database: 'rekey' }), async (client) => {
      await createOwnerRole(client, name)
      await inTransaction(client, () =>
        admitLogin(client, {
          ownerRole: name,
          login: login.user,
          password: Secret.of(login.password, name),
        }),
      )
    })
    await asClient(databaseUrl(superuserUrl, name), (client) => createTables(client, name))
    const secret = `DATABASE_${name.toUpperCase()}`
    secrets.set(secret, toSecret(secret, login))
  }
  return secrets
}

async function createRotator(client: pg.Client, { user, password }: DatabaseCredentials) {
  const verifier = pg.escapeLiteral(await createScramVerifier(Secret.of(password, user)))
  await client.query(
    `create role ${user} login createrole password ${verifier} in role pg_signal_backend`,
  )
  await client.query(`create database ${JOURNAL_DATABASE} owner ${user}`)
}

/** The service's own `schema.sql`, in a database that only its role and the rotator may enter. */
async function createTables(client: pg.Client, name: string): Promise<void> {
  await client.query(`revoke connect, temporary on database ${name} from public`)
  await client.query(`grant connect on database ${name} to ${name}, ${ROTATOR}`)
  const path = new URL(`../../../services/${name}/schema.sql`, import.meta.url)
  await client.query(await readFile(path, 'utf8'))
}

function newLogin(
  { host, port }: ServerAddress,
  user: string,
  database: string,
): DatabaseCredentials {
  const password = NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')
  return { host, port, user, password, database }
}

function toSecret(name: string, login: DatabaseCredentials): Secret {
  return Secret.of(urlOf(login), name)
}

function urlOf(login: DatabaseCredentials): string {
  return formatDatabaseUrl(login)
}

function databaseUrl(url: string, database: string): string {
  return Object.assign(new URL(url), { pathname: `/${database}` }).href
}

async function asClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
