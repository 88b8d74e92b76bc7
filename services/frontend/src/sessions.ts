import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { digest } from './logins.ts'
import type { Person } from './oidc-login.ts'

/** How long a session lasts, in seconds. */
export const SESSION_SECONDS = 8 * 60 * 60
/** How long a session lasts that is not used, in seconds. */
const IDLE_SECONDS = 60 * 60
/** A use is written down once in this time, in seconds. */
const USE_SECONDS = 60

/** A login that has been finished. */
interface BegunBy {
  /** Of the login: it begins one session. */
  readonly state: string
  /** The id of the session that the browser had, which ends. */
  readonly previous: string | undefined
}

const BEGIN = `
  with ended as (
    delete from session where expires_at <= now()
    or used_at <= now() - $7 * interval '1 second' or id_digest = $8
  )
  insert into session (id_digest, issuer, subject, email, expires_at, login_digest)
  values ($1, $2, $3, $4, now() + $5 * interval '1 second', $6)
  on conflict (login_digest) do nothing`

/**
 * Begins a session and gives its id, which only the browser keeps: the database has its digest.
 *
 * @returns undefined if the login has begun one already
 */
export async function beginSession(
  pool: Pick<pg.Pool, 'query'>,
  { issuer, subject, email }: Person,
  { state, previous = '' }: BegunBy,
): Promise<string | undefined> {
  const id = randomBytes(32).toString('base64url')
  const person = [digest(id), issuer, subject, email]
  const more = [SESSION_SECONDS, digest(state), IDLE_SECONDS, digest(previous)]
  const { rowCount } = await pool.query(BEGIN, [...person, ...more])
  return rowCount === 1 ? id : undefined
}

const FIND = `
  with used as (
    update session set used_at = now() where id_digest = $1
    and used_at <= now() - $3 * interval '1 second' and used_at > now() - $2 * interval '1 second'
  )
  select issuer, subject, email from session
  where id_digest = $1 and expires_at > now() and used_at > now() - $2 * interval '1 second'`

/** The person of a session that has not ended. This is a use of it. */
export async function findSession(
  pool: Pick<pg.Pool, 'query'>,
  id: string,
): Promise<Person | undefined> {
  const { rows } = await pool.query<Person>(FIND, [digest(id), IDLE_SECONDS, USE_SECONDS])
  return rows[0]
}

/** Ends a session, on every replica. */
export async function endSession(pool: Pick<pg.Pool, 'query'>, id: string): Promise<void> {
  await pool.query('delete from session where id_digest = $1', [digest(id)])
}
