import type { SecretSpec } from '@rekey/secret'
import { createPasswordSpec } from '@rekey/secret/internal/kind'

/**
 * Declares the password of a service at Redis, of at least 32 characters. The user that it belongs to stays the same.
 *
 * @example
 * ```ts
 * const secrets = { redis: redisPassword() }
 * ```
 */
export function redisPassword(): SecretSpec<string> {
  return createPasswordSpec('redis')
}
