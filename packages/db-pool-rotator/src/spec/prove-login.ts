import { type Secret, SecretError } from '@rekey/secret'
import type pg from 'pg'
import { clientConfigFor } from '../connection/client-config.ts'
import { createClient } from '../connection/open-connection.ts'
import { describeDatabaseError } from './database-error.ts'
import type { DatabaseCredentials } from './database-url.ts'

/** How long a proof may take, and how it connects. */
export interface ProofOptions {
  /** For the connection, and again for the query. Default: 5 seconds. */
  readonly timeoutMs?: number
  /** Ends the proof. */
  readonly signal?: AbortSignal
  /** Settings that the pool adds to the credentials, such as `ssl`. */
  readonly client?: pg.ClientConfig
}

/** The roles that the server reports for a session. */
export interface Identity {
  /** The role whose rights count. */
  readonly currentUser: string
  /** The role that logged in. */
  readonly sessionUser: string
}

/** The one statement that asks for an {@link Identity}. */
export const IDENTITY_QUERY = 'select current_user as "currentUser", session_user as "sessionUser"'

/**
 * Really logs in, on a connection of its own, and checks that the session acts as `ownerRole`.
 *
 * That check is needed: if the login is not a member of the owner role, `ALTER ROLE … SET role` only raises a warning and
 * the session goes on as the login itself. It fails open.
 *
 * @throws {SecretError} `rejected` the login; `unreachable`; `refused` the session acts as another role, or the database
 * does not exist; `forbidden` no CONNECT
 */
export async function proveLogin(
  credentials: Secret<DatabaseCredentials>,
  ownerRole?: string,
  options: ProofOptions = {},
): Promise<Identity> {
  const { timeoutMs = 5000, signal, client: extra } = options
  signal?.throwIfAborted()
  const login = credentials.expose()
  const limits = { connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs }
  const client = createClient(clientConfigFor(login, { ...extra, ...limits }))
  const abort = () => client.connection.stream.destroy()
  signal?.addEventListener('abort', abort)
  try {
    await client.connect()
    const [identity] = (await client.query<Identity>(IDENTITY_QUERY)).rows
    return requireOwner(identity, ownerRole)
  } catch (error) {
    signal?.throwIfAborted()
    throw describeDatabaseError(error, { user: login.user, host: login.host, port: login.port })
  } finally {
    signal?.removeEventListener('abort', abort)
    await client.end()
  }
}

/**
 * Refuses a session that does not act as `ownerRole`.
 *
 * @throws {SecretError} `refused`
 */
export function requireOwner(
  identity: Identity | undefined,
  ownerRole: string | undefined,
): Identity {
  if (identity === undefined) throw new SecretError('unreachable', 'The database gave no answer')
  if (ownerRole === undefined || identity.currentUser === ownerRole) return identity
  throw new SecretError(
    'refused',
    `The session acts as ${identity.currentUser}, not as ${ownerRole}: grant ${ownerRole} to the login and set its role`,
    { expected: ownerRole, actual: identity.currentUser, login: identity.sessionUser },
  )
}
