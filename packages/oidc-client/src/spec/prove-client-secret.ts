import { type Secret, SecretError } from '@rekey/secret'
import * as client from 'openid-client'
import { type ClientAddress, configure, discover, untrusted } from './discover.ts'

/**
 * Shows that the identity provider accepts this secret: reads the discovery document, then authenticates at the token
 * endpoint with a code that cannot exist. `invalid_grant` (RFC 6749 §5.2) proves that the client was accepted.
 *
 * @throws {SecretError} `rejected` if the secret is refused, `unreachable` or `malformed` if the provider gave no verdict, `refused`
 *   for clear text or a certificate that is not trusted
 */
export async function proveClientSecret(
  address: ClientAddress,
  secret: Secret,
  signal?: AbortSignal,
): Promise<void> {
  const metadata = await discover(address, signal)
  signal?.throwIfAborted()
  try {
    await authenticate(configure(metadata, address, secret.expose()))
  } catch (error) {
    if (isClientRefused(error)) {
      const remedy = 'the identity provider refuses the client: renew its secret'
      throw new SecretError('rejected', remedy)
    }
    const refusal = untrusted(error, new URL(metadata.token_endpoint ?? address.issuer))
    if (refusal !== undefined) throw refusal
    throw new SecretError(
      'unreachable',
      'the token endpoint gave no usable answer: check the provider',
    )
  }
}

/** One request to the token endpoint that does no more than authenticate. Throws what openid-client throws. */
export async function authenticate(configuration: client.Configuration): Promise<void> {
  const parameters = { code: 'rekey-startup-probe', redirect_uri: 'urn:probe' }
  try {
    await client.genericGrantRequest(configuration, 'authorization_code', parameters)
  } catch (error) {
    const accepted = error instanceof client.ResponseBodyError && error.error === 'invalid_grant'
    if (!accepted) throw error
  }
}

/**
 * Whether a token endpoint refused the client itself, before it looked at anything else: a 401 with a challenge, as RFC 6749
 * §5.2 has it for HTTP authentication, `invalid_client`, or `unauthorized_client`, which is the code of Keycloak.
 */
export function isClientRefused(error: unknown): boolean {
  if (error instanceof client.WWWAuthenticateChallengeError) return true
  const answer = error instanceof client.ResponseBodyError ? error.error : undefined
  return answer === 'invalid_client' || answer === 'unauthorized_client'
}
