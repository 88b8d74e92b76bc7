import { SecretError } from '@rekey/secret'
import type pg from 'pg'

/** The iterations of SCRAM that take some five seconds. A login sets its own verifier, and the owner of a database the policy of sessions in it. */
export const MOST_ITERATIONS = 10_000_000

/** The name that `pg` gives the server's first message of SCRAM. */
export const FIRST_ANSWER = 'authenticationSASLContinue'

/** Reads the iterations that the first message of the server names (RFC 5802, section 5.1); 0 if there are none. */
export function iterationsIn(data = ''): number {
  return Number(/(?:^|,)i=(\d+)(?:,|$)/.exec(data)?.[1] ?? 0)
}

/**
 * Keeps the driver from computing more iterations than {@link MOST_ITERATIONS}, which it would do for hours, past each of its limits.
 *
 * @returns the refusal, once there was one
 */
export function limitIterations({
  connection,
  user = '',
}: Pick<pg.Client, 'connection' | 'user'>): () => SecretError | undefined {
  let refusal: SecretError | undefined
  connection.prependListener(FIRST_ANSWER, (message: { data?: string }) => {
    const iterations = iterationsIn(message.data)
    if (iterations <= MOST_ITERATIONS) return
    refusal = tooMany(user, iterations)
    // The listeners after this one get the same message, and find no form of SCRAM in it.
    message.data = ''
  })
  return () => refusal
}

function tooMany(user: string, iterations: number): SecretError {
  const message =
    `The server asks for ${iterations} iterations of SCRAM for the login ${user}, which is hours of work: a session of that login can have set ` +
    `its verifier. Set its password again; at most ${MOST_ITERATIONS} are computed`
  return new SecretError('refused', message, { user, iterations })
}
