import { type Secret, SecretError } from '@rekey/secret'
import type { ClientAddress } from '../spec/discover.ts'
import { proveClientSecret } from '../spec/prove-client-secret.ts'

/**
 * Whether the identity provider accepts this secret, by a token request.
 *
 * @throws {SecretError} `unreachable` or `malformed` if the provider gave no verdict
 */
export async function isAccepted(
  address: ClientAddress,
  secret: Secret,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await proveClientSecret(address, secret, signal)
    return true
  } catch (error) {
    if (error instanceof SecretError && error.code === 'rejected') return false
    throw error
  }
}
