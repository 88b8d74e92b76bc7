import pg from 'pg'
import { describeDatabaseError } from '../spec/database-error.ts'
import type { DatabaseCredentials } from '../spec/database-url.ts'
import { BoundedClient, type BoundedConfig } from './bounded-client.ts'
import type { LivePassword } from './live-password.ts'
import { clientConfigFor, CONNECT_TIMEOUT_MS, withLimits } from './client-config.ts'

/** The limits of a connection, and the name that the server shows for it. */
export interface ConnectionOptions {
  /** How long it may take to be made, including the login. Default 10,000. */
  readonly connectTimeoutMs?: number
  /** After this the server cancels a statement; the connection is cut if it does not. Default 60,000. */
  readonly statementTimeoutMs?: number
  /** Default: none. */
  readonly applicationName?: string
  /**
   * Whether names without a schema are found in `pg_catalog` alone, for an administrator: the owner of a database can put functions
   * into `public` that match better than those of PostgreSQL. Default false: as the database has it.
   */
  readonly catalogOnly?: boolean
  /** Gives the password of each connection when it is made. Default: that of the credentials. */
  readonly live?: LivePassword
}

/** How long the server's answer to a statement that it has cancelled may be on its way. */
const ANSWER_MARGIN_MS = 2_000

const STATEMENT_TIMEOUT_MS = 60_000

/** Creates a client that is not connected yet. `config` is what `pg` takes; an address in it comes from the opener too. */
export function createClient(config: BoundedConfig): BoundedClient {
  return new BoundedClient(withLimits(config))
}

/**
 * Opens one connection.
 *
 * @throws {SecretError} as `describeDatabaseError`; `malformed` parameters, `missing`, `forbidden`, `refused` a file of them
 * @example
 * ```ts
 * await using client = await openConnection(parseDatabaseUrl(text), { statementTimeoutMs: 5_000 })
 * await client.query('select 1')
 * ```
 */
export async function openConnection(
  credentials: DatabaseCredentials,
  options: ConnectionOptions = {},
): Promise<BoundedClient> {
  const client = createClient(configFor(credentials, options))
  try {
    await client.connect()
    return client
  } catch (error) {
    await client.end()
    const { user, host, port } = credentials
    throw describeDatabaseError(error, { user, host, port })
  }
}

/** Options of {@link createPool}. */
export interface PoolOptions extends ConnectionOptions {
  /** The most connections at a time. Default 2. */
  readonly max?: number
}

/**
 * Creates a pool of one login that does not change, for an administrator; a service has `openRotatingPool`. No caller waits
 * for a connection longer than for a login.
 *
 * @throws {SecretError} `malformed` parameters, `missing`, `forbidden`, `refused` a file of them
 *
 * @example
 * ```ts
 * const pool = createPool(credentials, { max: 2, statementTimeoutMs: 5_000 })
 * ```
 */
export function createPool(credentials: DatabaseCredentials, options: PoolOptions = {}): pg.Pool {
  const config = configFor(credentials, options)
  const pool = new pg.Pool({ ...config, max: options.max ?? 2, Client: BoundedClient })
  // An idle connection that the server ends is replaced at the next query, which reports what is wrong.
  pool.on('error', () => undefined)
  return pool
}

function configFor(credentials: DatabaseCredentials, options: ConnectionOptions): BoundedConfig {
  const { connectTimeoutMs = CONNECT_TIMEOUT_MS, applicationName } = options
  const { statementTimeoutMs = STATEMENT_TIMEOUT_MS, catalogOnly = false, live } = options
  const config = clientConfigFor(credentials, {
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + ANSWER_MARGIN_MS,
    ...(applicationName !== undefined && { application_name: applicationName }),
  })
  return { ...config, catalogOnly, ...(live && { password: live.now, live }) }
}
