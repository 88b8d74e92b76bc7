import { type Secret, SecretError, within } from '@rekey/secret'
import { importPeer } from '@rekey/secret/internal'
import { forbiddenTo, unanswered } from '@rekey/secret/internal/kind'
import { isAccessDenied } from '../spec/access-denied.ts'

/** A server of MariaDB, and the roots that its certificate must be of. */
export interface MariaDbServer {
  readonly host: string
  readonly port: number
  /** PEM of the roots, or `public` for those of Node.js. Absent: without TLS. */
  readonly trust?: string | undefined
}

/** A login that a server is asked with. */
export interface MariaDbLogin {
  readonly user: string
  readonly password: Secret
}

/** Runs a statement with values in place of `?`; the rows of the answer. */
export type Ask = (
  statement: string,
  values?: readonly unknown[],
) => Promise<readonly Readonly<Record<string, unknown>>[]>

const TIMEOUT_MS = 10_000

/** The right to a statement or a table is missing. */
const FORBIDDEN: ReadonlySet<unknown> = new Set([1044, 1095, 1142, 1227])

/**
 * Logs in to a server, does some work, and leaves.
 *
 * @returns undefined if the server refuses the login
 * @throws {SecretError} `unreachable` without an answer in ten seconds; `forbidden` for a statement that the login may not give; `refused`
 *   where mysql2 is not installed
 */
export async function withServer<T>(
  server: MariaDbServer,
  { user, password }: MariaDbLogin,
  signal: AbortSignal,
  work: (ask: Ask) => Promise<T>,
): Promise<T | undefined> {
  const { createConnection } = await loadClient()
  const { host, port, trust } = server
  // Without verifyIdentity, mysql2 accepts a certificate of any host.
  const ssl = trust !== undefined && {
    ssl: { verifyIdentity: true, ...(trust !== 'public' && { ca: trust }) },
  }
  const login = { host, port, user, password: password.expose(), ...ssl }
  const connecting = createConnection({ ...login, connectTimeout: TIMEOUT_MS })
  const limit = { what: `an answer of ${host}`, limitMs: TIMEOUT_MS, signal }
  try {
    return await within(limit, async () => {
      const connection = await connecting
      return work(async (statement, values = []) => {
        const [rows] = await connection.query(statement, [...values])
        return Array.isArray(rows) ? (rows as Readonly<Record<string, unknown>>[]) : []
      })
    })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof SecretError || error instanceof TypeError) throw error
    if (isAccessDenied(error)) return undefined
    const { errno, code } = error as { errno?: unknown; code?: unknown }
    throw describe(host, typeof errno === 'number' ? errno : code)
  } finally {
    connecting.then(
      (connection) => {
        connection.destroy()
      },
      () => undefined,
    )
  }
}

function describe(host: string, number: unknown): SecretError {
  const reason = typeof number === 'number' || typeof number === 'string' ? number : 'cut'
  return FORBIDDEN.has(number)
    ? forbiddenTo(
        { host, reason },
        'grant CREATE USER, PROCESS, CONNECTION ADMIN, and SELECT on mysql.global_priv',
      )
    : unanswered({ host, reason }, 'check its address, its certificate and that it is up')
}

function loadClient() {
  const peer = {
    url: import.meta.url,
    of: '@rekey/mariadb',
    name: 'mysql2',
    need: 'the rotation at MariaDB',
  }
  return importPeer(peer, () => import('mysql2/promise'))
}
