import { SecretError } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import type pg from 'pg'
import { clientConfigFor } from '../connection/client-config.ts'
import type { LivePassword } from '../connection/live-password.ts'
import { createClient } from '../connection/open-connection.ts'
import { type DatabaseCredentials, parseConnectionUrl } from '../spec/database-url.ts'
import { describeAdminError } from './admin-error.ts'

/** An administrator's way into every database of one server. */
export interface DatabaseAccess {
  /** The connection on which roles are changed; its database is the one of the service. */
  readonly home: SqlClient
  /**
   * Lends a connection to another database of the same server.
   *
   * @throws {SecretError} if it cannot be entered
   */
  open<T>(database: string, work: (client: SqlClient) => Promise<T>): Promise<T>
}

/** With a mere client no other database can be entered: what is named there is reported without its name. */
export type Administrator = SqlClient | DatabaseAccess

/** How the administrator logs in: the credentials, or the options of a pool that the opener made. */
export type AccessConfig = DatabaseCredentials | pg.ClientConfig

/**
 * Opens other databases with a connection each, for as long as the work takes. Functions that their owners made are not found there.
 *
 * @param config - how `home` was connected: its credentials, or `pool.options`. The database is replaced.
 */
export function databaseAccess(home: SqlClient, config: AccessConfig): DatabaseAccess {
  return {
    home,
    async open(database, work) {
      const connect = () => connectTo(database, config)
      const client = await (hasLive(config) ? config.live.connect(connect) : connect())
      try {
        return await work(client)
      } finally {
        await client.end()
      }
    },
  }
}

/** The connection on which the administrator works. */
export function homeOf(admin: Administrator): SqlClient {
  return 'home' in admin ? admin.home : admin
}

/** {@link DatabaseAccess.open} for every administrator: a mere client is refused. */
export async function enter<T>(
  admin: Administrator,
  database: string,
  work: (client: SqlClient) => Promise<T>,
): Promise<T> {
  if ('home' in admin) return admin.open(database, work)
  const message = `The database ${database} has to be examined; give access to it`
  throw new SecretError('refused', message, { database })
}

/**
 * As {@link enter}, but a database that cannot be entered is answered by `otherwise`. A failure of the work itself is not.
 */
export async function enterOr<T>(
  admin: Administrator,
  database: string,
  work: (client: SqlClient) => Promise<T>,
  otherwise: (refusal: SecretError) => T,
): Promise<T> {
  const progress = { entered: false }
  try {
    return await enter(admin, database, (client) => {
      progress.entered = true
      return work(client)
    })
  } catch (error) {
    if (progress.entered || !(error instanceof SecretError)) throw error
    return otherwise(error)
  }
}

async function connectTo(database: string, config: AccessConfig): Promise<pg.Client> {
  const client = createClient({ ...configFor(config, database), catalogOnly: true })
  try {
    return await client.connect()
  } catch (error) {
    await client.end()
    throw describeAdminError(error, { database })
  }
}

function hasLive(config: AccessConfig): config is { readonly live: LivePassword } & AccessConfig {
  return 'live' in config
}

/** A configuration made by the opener is taken as it is, with its `ssl`; anything else goes through the opener. */
function configFor(config: AccessConfig, database: string): pg.ClientConfig {
  if ('connectionString' in config && config.connectionString !== undefined) {
    return clientConfigFor({ ...parseConnectionUrl(config.connectionString), database })
  }
  // `pg.Pool` hides its password from enumeration, so a spread alone would lose it.
  const own = { ...config, password: config.password, database }
  return 'ssl' in own && own.ssl !== undefined ? own : clientConfigFor(own as DatabaseCredentials)
}
