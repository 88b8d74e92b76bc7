import { createHash, randomBytes } from 'node:crypto'
import type pg from 'pg'
import type { Person } from './oidc-login.ts'

/** How long a login lasts, in seconds. */
export const SESSION_SECONDS = 8 * 60 * 60

/** Begins a session and gives its id, which only the browser keeps: the database has its digest. */
export async function beginSession(pool: Pick<pg.Pool, 'query'>, person: Person): Promise<string> {
  const id = randomBytes(32).toString('base64url')
  await pool.query(
    `insert into session (id_digest, subject, email, expires_at)
     values ($1, $2, $3, now() + $4 * interval '1 second')`,
    [digest(id), person.subject, person.email, SESSION_SECONDS],
  )
  return id
}

/** Whose session it is, if it is one and has not ended. */
export async function findSession(
  pool: Pick<pg.Pool, 'query'>,
  id: string,
): Promise<Person | undefined> {
  const { rows } = await pool.query<Person>(
    'select subject, email from session where id_digest = $1 and expires_at > now()',
    [digest(id)],
  )
  return rows[0]
}

function digest(id: string): Buffer {
  return createHash('sha256').update(id).digest()
}
