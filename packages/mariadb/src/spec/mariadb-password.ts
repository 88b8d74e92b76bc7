import type { SecretSpec } from '@rekey/secret'
import { createPasswordSpec } from '@rekey/secret/internal/kind'

/**
 * Declares the password of a service at MariaDB, of at least 32 characters. The account that it belongs to stays the same.
 *
 * @example
 * ```ts
 * const secrets = { database: mariaDbPassword() }
 * ```
 */
export function mariaDbPassword(): SecretSpec<string> {
  return createPasswordSpec('mariadb')
}
