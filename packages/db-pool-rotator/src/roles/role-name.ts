import { createHash } from 'node:crypto'
import { SecretError } from '@rekey/secret'

/** PostgreSQL cuts longer names off with only a notice (NAMEDATALEN 64, documentation section 4.1.1). */
const MAX_BYTES = 63

/** Words that `SET ROLE`, `GRANT … TO` or `CREATE ROLE` take as something else than a name. */
const RESERVED = /^(?:pg_.*|public|none)$/

/** Characters that end a line, hide, or turn text around where a person reads a script or a message (Unicode TR36, 2.10). */
const UNREADABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u

/**
 * Refuses a name in which a person cannot read all that a program does.
 *
 * @throws {SecretError} `malformed`
 */
export function requireReadable(name: string): void {
  if (!UNREADABLE.test(name)) return
  const problem = 'holds a control character, or one that hides or turns text around'
  throw new SecretError('malformed', `A name ${problem}: give the role or database another one`)
}

/**
 * Refuses a name that PostgreSQL would cut off, reserve or not store, and one as {@link requireReadable} does.
 *
 * @throws {SecretError} `malformed`
 */
export function requireRoleName(name: string): void {
  const bytes = Buffer.byteLength(name)
  if (bytes === 0 || bytes > MAX_BYTES) {
    throw new SecretError(
      'malformed',
      `A role name has 1 to ${MAX_BYTES} bytes, this one ${bytes}`,
      {
        bytes,
      },
    )
  }
  requireReadable(name)
  if (RESERVED.test(name)) {
    throw new SecretError('malformed', 'This role name is reserved by PostgreSQL; choose another')
  }
}

/** `_g` and up to nine digits, see {@link generationOf}. */
const MAX_SUFFIX = 11

/**
 * Returns the prefix of an owner role's login names: its own name and `_g`. One that leaves no room for a number is cut, and
 * a digest of the whole name distinguishes it from others that begin alike.
 */
export function loginPrefix(ownerRole: string): string {
  if (Buffer.byteLength(ownerRole) <= MAX_BYTES - MAX_SUFFIX) return `${ownerRole}_g`
  const digest = createHash('sha256').update(ownerRole).digest('hex').slice(0, 8)
  let kept = ''
  for (const character of ownerRole) {
    if (Buffer.byteLength(kept + character) > MAX_BYTES - MAX_SUFFIX - digest.length - 1) break
    kept += character
  }
  return `${kept}_${digest}_g`
}

/**
 * The login after `login` for an owner role: `app_g4` after `app_g3`, `app_g1` after nothing or after a name of another
 * shape.
 *
 * @throws {SecretError} `malformed` if the owner role is no role name
 */
export function nextLoginName(ownerRole: string, login?: string): string {
  requireRoleName(ownerRole)
  const next = `${loginPrefix(ownerRole)}${(generationOf(ownerRole, login) ?? 0) + 1}`
  requireRoleName(next)
  return next
}

/** The number in a name that {@link nextLoginName} made for `ownerRole`. */
export function generationOf(ownerRole: string, login = ''): number | undefined {
  const prefix = loginPrefix(ownerRole)
  if (!login.startsWith(prefix)) return undefined
  const digits = login.slice(prefix.length)
  return /^[1-9]\d{0,8}$/.test(digits) ? Number(digits) : undefined
}
