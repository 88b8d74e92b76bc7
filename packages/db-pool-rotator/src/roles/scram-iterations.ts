import { type Secret, SecretError } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import { clientConfigFor } from '../connection/client-config.ts'
import { createClient } from '../connection/open-connection.ts'
import { FIRST_ANSWER, iterationsIn, MOST_ITERATIONS } from '../connection/scram-limit.ts'
import type { DatabaseCredentials } from '../spec/database-url.ts'
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
 * @throws {SecretError} `refused` for a policy of more than {@link MOST_ITERATIONS}, which the owner of the database can have set; an emergency goes
 *   without such a policy; as any statement of the administrator
 */
export async function decideIterations(
  admin: SqlClient,
  ofOld = 0,
  isEmergency = false,
): Promise<number> {
  const text = `select coalesce(current_setting('scram_iterations', true), '0')::int as policy`
  const [row] = await query<{ policy: number }>(admin, text)
  const policy = row?.policy ?? 0
  const isTooMuch = policy > MOST_ITERATIONS
  if (isTooMuch && !isEmergency) throw tooMuch(policy)
  const most = Math.min(ofOld, MAX_ITERATIONS)
  return Math.max(DEFAULT_ITERATIONS, isTooMuch ? 0 : policy, most)
}

function tooMuch(policy: number): SecretError {
  const message =
    `scram_iterations of this database is ${policy}, which is hours of work for each login: set at most ${MOST_ITERATIONS}, or ` +
    'ALTER DATABASE … RESET scram_iterations'
  return new SecretError('refused', message, { policy })
}

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
    found = iterationsIn(data)
    // The driver would compute as many, which a login could set to hours.
    connection.removeAllListeners(FIRST_ANSWER)
    connection.stream.destroy()
  })
  // It ends without a session.
  await client.connect().catch(() => undefined)
  await client.end()
  return found
}
