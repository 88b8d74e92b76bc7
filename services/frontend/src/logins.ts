import { createHash, randomBytes } from 'node:crypto'
import { openSealedLogin, sealLogin } from '@rekey/oidc-client'
import type pg from 'pg'
import type { LoginAttempt } from './oidc-login.ts'

/** How long a person may take at the identity provider, in seconds. */
export const LOGIN_SECONDS = 600
const KEY_BYTES = 32

/** A login that was begun, as its browser keeps it. */
interface Kept extends LoginAttempt {
  /** By the clock of the database, which all replicas share; in seconds since 1970. */
  readonly begunAt: number
}

/** The keys of today and yesterday in UTC, the newest first. The first login of a day makes its key. */
const KEYS = `
  with old as (delete from login_key where day < (now() at time zone 'utc')::date - 1),
  made as (
    insert into login_key (day, key) values ((now() at time zone 'utc')::date, $1)
    on conflict (day) do nothing returning day, key
  )
  select key, extract(epoch from now())::float8 as now from (
    select day, key from made
    union all select day, key from login_key where day >= (now() at time zone 'utc')::date - 1
  ) as keys order by day desc`

/**
 * Seals a login that was begun for the cookie of its browser, so that the database has one row a day, however many logins are begun, and every replica can
 * finish each of them.
 */
export async function keepLogin(
  pool: Pick<pg.Pool, 'query'>,
  attempt: LoginAttempt,
): Promise<string> {
  const { keys, now } = await readKeys(pool)
  const kept: Kept = { ...attempt, begunAt: now }
  const [key] = keys
  if (key === undefined) throw new Error('the database gave no key for logins')
  return sealLogin(JSON.stringify(kept), key)
}

/**
 * Opens the login of a browser that comes back with `state`.
 *
 * @returns undefined if it was not begun in this browser with this state, or has expired
 */
export async function openLogin(
  pool: Pick<pg.Pool, 'query'>,
  sealed: string,
  state: string,
): Promise<LoginAttempt | undefined> {
  const { keys, now } = await readKeys(pool)
  const text = openSealedLogin(sealed, keys)
  if (text === undefined) return undefined
  const { begunAt, ...attempt } = JSON.parse(text) as Kept
  return attempt.state === state && now - begunAt < LOGIN_SECONDS ? attempt : undefined
}

async function readKeys(pool: Pick<pg.Pool, 'query'>) {
  const read = async () => {
    const { rows } = await pool.query<{ key: Buffer; now: number }>(KEYS, [randomBytes(KEY_BYTES)])
    return { keys: rows.map(({ key }) => key), now: rows[0]?.now ?? 0 }
  }
  const first = await read()
  // Another replica made the first key of all at this moment, which the statement does not see.
  return first.keys.length > 0 ? first : read()
}

/** The database's record of a random text. */
export function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
