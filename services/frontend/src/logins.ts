import { createHash, randomBytes } from 'node:crypto'
import type pg from 'pg'
import type { LoginAttempt } from './oidc-login.ts'

/** How long a person may take at the identity provider, in seconds. */
export const LOGIN_SECONDS = 600

/**
 * Keeps a login that was begun, and gives the id that binds it to the browser. The browser gets the id alone, the database its
 * digest: so there is nothing that a browser could change, and every replica can finish the login.
 */
export async function keepLogin(
  pool: Pick<pg.Pool, 'query'>,
  { state, nonce, verifier }: LoginAttempt,
): Promise<string> {
  const id = randomBytes(32).toString('base64url')
  await pool.query(
    `with expired as (delete from login where expires_at <= now())
     insert into login (id_digest, state_digest, nonce, verifier, expires_at)
     values ($1, $2, $3, $4, now() + $5 * interval '1 second')`,
    [digest(id), digest(state), nonce, verifier, LOGIN_SECONDS],
  )
  return id
}

/**
 * Takes the login of a browser that comes back with `state`. Once: of two callbacks at the same moment one gets it.
 *
 * @returns undefined if it was not begun in this browser with this state, was taken, or has expired
 */
export async function takeLogin(
  pool: Pick<pg.Pool, 'query'>,
  id: string,
  state: string,
): Promise<LoginAttempt | undefined> {
  const { rows } = await pool.query<Omit<LoginAttempt, 'state'>>(
    `delete from login where id_digest = $1 and state_digest = $2 and expires_at > now()
     returning nonce, verifier`,
    [digest(id), digest(state)],
  )
  return rows[0] && { state, ...rows[0] }
}

/** The database's record of a random id. */
export function digest(id: string): Buffer {
  return createHash('sha256').update(id).digest()
}
