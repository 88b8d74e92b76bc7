import type pg from 'pg'
import type { Person } from './oidc-login.ts'

/** A day that begins with the first certificate. */
const FULL = `q.began_at <= now() - interval '1 day'`

const TAKE = `
  insert into quota as q (issuer, subject, began_at, used) values ($1, $2, now(), 1)
  on conflict (issuer, subject) do update set
    began_at = case when ${FULL} then now() else q.began_at end,
    used = case when ${FULL} then 1 else q.used + 1 end
  where ${FULL} or q.used < $3
  returning used`

const WAIT = `
  select ceil(extract(epoch from began_at + interval '1 day' - now()))::integer as seconds
  from quota where issuer = $1 and subject = $2`

/**
 * Counts one certificate of a person against the quota of a day. One statement does it, so that requests at the same moment
 * cannot pass together. An attempt that fails later counts too, because its certificate may have been issued.
 *
 * @returns 0, or the seconds until the person may have another one
 */
export async function takeFromQuota(
  pool: Pick<pg.Pool, 'query'>,
  { issuer, subject }: Pick<Person, 'issuer' | 'subject'>,
  perDay: number,
): Promise<number> {
  const { rowCount } = await pool.query(TAKE, [issuer, subject, perDay])
  if (rowCount === 1) return 0
  const { rows } = await pool.query<{ seconds: number }>(WAIT, [issuer, subject])
  return Math.max(1, rows[0]?.seconds ?? 1)
}
