import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { digest } from './logins.ts'
import type { Person } from './oidc-login.ts'

/** How long a session lasts, in seconds. */
export const SESSION_SECONDS = 8 * 60 * 60

/** Begins a session and gives its id, which only the browser keeps: the database has its digest. */
export async function beginSession(pool: Pick<pg.Pool, 'query'>, person: Person): Promise<string> {
  const id = randomBytes(32).toString('base64url')
  const { issuer, subject, email } = person
  await pool.query(
    `with expired as (delete from session where expires_at <= now())
     insert into session (id_digest, issuer, subject, email, expires_at)
     values ($1, $2, $3, $4, now() + $5 * interval '1 second')`,
    [digest(id), issuer, subject, email, SESSION_SECONDS],
  )
  return id
}

/** The person of a session that has not ended. */
export async function findSession(
  pool: Pick<pg.Pool, 'query'>,
  id: string,
): Promise<Person | undefined> {
  const { rows } = await pool.query<Person>(
    'select issuer, subject, email from session where id_digest = $1 and expires_at > now()',
    [digest(id)],
  )
  return rows[0]
}

/** Ends a session, on every replica. */
export async function endSession(pool: Pick<pg.Pool, 'query'>, id: string): Promise<void> {
  await pool.query('delete from session where id_digest = $1', [digest(id)])
}
