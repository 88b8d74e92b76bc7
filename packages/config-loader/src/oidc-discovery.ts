import { SecretError } from '@rekey/secret'
import * as client from 'openid-client'

/** A client at an identity provider. */
export interface ClientAddress {
  readonly issuer: string
  readonly clientId: string
}

/**
 * Reads the provider's discovery document. Plain http is allowed on loopback only.
 *
 * @throws {SecretError} `unreachable` if nothing answers, `malformed` if what answers is no provider
 */
export async function discover(
  { issuer, clientId }: ClientAddress,
  signal?: AbortSignal,
): Promise<client.ServerMetadata> {
  try {
    const found = await client.discovery(new URL(issuer), clientId, undefined, client.None(), {
      execute: isLoopback(issuer) ? [client.allowInsecureRequests] : [],
    })
    return found.serverMetadata()
  } catch (error) {
    signal?.throwIfAborted()
    throw discoveryFailure(error)
  }
}

/** What openid-client needs to act as this client, with this secret by HTTP Basic. */
export function configure(
  metadata: client.ServerMetadata,
  { issuer, clientId }: ClientAddress,
  clientSecret: string,
): client.Configuration {
  const authentication = client.ClientSecretBasic(clientSecret)
  const configuration = new client.Configuration(metadata, clientId, undefined, authentication)
  if (isLoopback(issuer)) client.allowInsecureRequests(configuration)
  return configuration
}

function isLoopback(issuer: string): boolean {
  const { hostname } = new URL(issuer)
  return hostname === '127.0.0.1' || hostname === 'localhost'
}

function discoveryFailure(error: unknown): SecretError {
  const answered = error instanceof client.ClientError && error.code !== 'OAUTH_TIMEOUT'
  return answered
    ? new SecretError('malformed', 'the issuer gave no valid discovery document: check its address')
    : new SecretError(
        'unreachable',
        'the issuer does not answer: check its address and that it is up',
      )
}
