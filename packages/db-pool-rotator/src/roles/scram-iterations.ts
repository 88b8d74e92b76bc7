import type { Secret } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import { clientConfigFor } from '../connection/client-config.ts'
import { createClient } from '../connection/open-connection.ts'
import type { DatabaseCredentials } from '../database-url.ts'
import { query } from './admin-query.ts'

/** PostgreSQL's own default (`scram_iterations`). */
const DEFAULT_ITERATIONS = 4096

/** A login may set its own verifier, so it chooses their number: so many take about half a second. */
const MAX_ITERATIONS = 1_000_000

/**
 * Decides the iterations of a new verifier: those of the server's policy (`scram_iterations`, from PostgreSQL 16 on), of the login that is
 * replaced, or PostgreSQL's default, whatever is most.
 *
 * @param ofOld - those of the login that is replaced, if they are known
 * @throws {SecretError} as any statement of the administrator
 */
export async function decideIterations(admin: SqlClient, ofOld = 0): Promise<number> {
  const text = `select coalesce(current_setting('scram_iterations', true), '0')::int as policy`
  const [row] = await query<{ policy: number }>(admin, text)
  return Math.max(DEFAULT_ITERATIONS, row?.policy ?? 0, Math.min(ofOld, MAX_ITERATIONS))
}

/** The name that `pg` gives the server's first message of SCRAM. */
const FIRST_ANSWER = 'authenticationSASLContinue'

/** How long the server may take for its first answer. */
const LIMIT_MS = 5_000

/**
 * Reads the iterations of a login from the first answer of the server to it (RFC 5802, section 5.1), since only a superuser can read a verifier.
 *
 * @returns undefined if the server gives none: it is full, does not answer, or the login has no SCRAM verifier
 */
export async function readIterations(
  login: Secret<DatabaseCredentials>,
): Promise<number | undefined> {
  const limits = { connectionTimeoutMillis: LIMIT_MS, query_timeout: LIMIT_MS }
  const client = createClient(clientConfigFor(login.expose(), limits))
  const { connection } = client
  let found: number | undefined
  connection.on('message', ({ name, data }: { name: string; data?: string }) => {
    if (name !== FIRST_ANSWER) return
    found = Number(/(?:^|,)i=(\d{1,10})(?:,|$)/.exec(data ?? '')?.[1] ?? 0)
    // The driver would compute as many, which a login could set to hours.
    connection.removeAllListeners(FIRST_ANSWER)
    connection.stream.destroy()
  })
  // It ends without a session.
  await client.connect().catch(() => undefined)
  await client.end()
  return found
}
