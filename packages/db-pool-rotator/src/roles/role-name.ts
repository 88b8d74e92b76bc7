import { SecretError } from '@rekey/secret'

/** PostgreSQL cuts longer names off with only a notice (NAMEDATALEN 64, documentation section 4.1.1). */
const MAX_BYTES = 63

/** Words that `SET ROLE`, `GRANT … TO` or `CREATE ROLE` take as something else than a name. */
const RESERVED = /^(?:pg_.*|public|none)$/

/**
 * Refuses a name that PostgreSQL would cut off, reserve or not store.
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
  if (name.includes('\0') || RESERVED.test(name)) {
    throw new SecretError('malformed', 'This role name is reserved by PostgreSQL; choose another')
  }
}

/**
 * The login after `login` for an owner role: `app_g4` after `app_g3`, `app_g1` after nothing or after a name of another
 * shape.
 *
 * @throws {SecretError} `malformed` if the owner role's name leaves no room for `_g` and the number
 */
export function nextLoginName(ownerRole: string, login?: string): string {
  requireRoleName(ownerRole)
  const next = `${ownerRole}_g${(generationOf(ownerRole, login) ?? 0) + 1}`
  requireRoleName(next)
  return next
}

/** The number in a name that {@link nextLoginName} made for `ownerRole`. */
export function generationOf(ownerRole: string, login = ''): number | undefined {
  if (!login.startsWith(`${ownerRole}_g`)) return undefined
  const digits = login.slice(ownerRole.length + 2)
  return /^[1-9]\d{0,8}$/.test(digits) ? Number(digits) : undefined
}
