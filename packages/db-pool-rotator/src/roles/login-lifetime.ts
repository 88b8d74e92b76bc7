import { SecretError } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import pg from 'pg'
import { query } from './admin-query.ts'
import { requireRole, type Role } from './role.ts'

/**
 * Returns when the server stops accepting a login by itself: its `VALID UNTIL`, which counts at login only. Undefined: never.
 *
 * @throws {SecretError} `missing` if the login does not exist
 */
export async function endOfLogin(admin: SqlClient, login: string): Promise<Date | undefined> {
  const { rolvaliduntil } = await requireRole(admin, login)
  if (rolvaliduntil === null) return undefined
  const text = `select extract(epoch from greatest($1::timestamptz, 'epoch'))::float8 * 1000 as at`
  const [row] = await query<{ at: number }>(admin, text, [rolvaliduntil])
  const end = new Date(row?.at ?? Number.NaN)
  return Number.isNaN(end.getTime()) ? undefined : end
}

/**
 * The `VALID UNTIL` that gives a login made `laterMs` after `model` the same lifetime; `infinity` and none stay what they are.
 * It is counted in seconds: days of an interval would follow the time zone of the session.
 */
export async function sameLifetime(
  admin: SqlClient,
  { rolvaliduntil }: Role,
  laterMs: number,
): Promise<string | null> {
  if (rolvaliduntil === null || laterMs === 0) return rolvaliduntil
  const text = 'select ($1::timestamptz + make_interval(secs => $2::float8 / 1000))::text as until'
  const [row] = await query<{ until: string }>(admin, text, [rolvaliduntil, laterMs])
  return row?.until ?? null
}

/**
 * As {@link sameLifetime}, for a login that is about to be made.
 *
 * @param laterMs undefined: when they were made is not known
 * @throws {SecretError} `refused` if the lifetime is not known, or would be over
 */
export async function requireLifetime(
  admin: SqlClient,
  model: Role,
  laterMs: number | undefined,
): Promise<string | null> {
  const { rolname: role, rolvaliduntil } = model
  const text = `select isfinite($1::timestamptz) as "isFinite", $2::timestamptz <= now() as "isOver"`
  const until = await sameLifetime(admin, model, laterMs ?? 0)
  const [is] = await query<{ isFinite: boolean; isOver: boolean }>(admin, text, [
    rolvaliduntil,
    until,
  ])
  if (is?.isFinite !== true) return until
  if (laterMs === undefined) {
    const remedy = `${endless(role)}, rotate, and set a date on the new login: each one after it gets the same lifetime`
    throw new SecretError(
      'refused',
      `${role} has a VALID UNTIL, and its lifetime is not known, because the store has no time of its version: ${remedy}`,
      { role },
    )
  }
  if (!is.isOver) return until
  const problem = `its VALID UNTIL gives it a lifetime that would be over for a new login already`
  throw new SecretError(
    'refused',
    `${role} cannot be replaced: ${problem}; set it later, or ${endless(role)}`,
    { role },
  )
}

function endless(role: string): string {
  return `run ALTER ROLE ${pg.escapeIdentifier(role)} VALID UNTIL 'infinity'`
}
