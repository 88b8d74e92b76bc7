import { parseSecureUrl, SecretError } from '@rekey/secret'
import * as client from 'openid-client'
import { fetchAgain } from './fetch-again.ts'

/** A client at an identity provider. */
export interface ClientAddress {
  readonly issuer: string
  readonly clientId: string
}

/**
 * Reads the provider's discovery document. The issuer and every endpoint in it is https, or on loopback.
 *
 * @throws {SecretError} `unreachable` if nothing answers, `malformed` if what answers is no provider, `refused` for clear text
 */
export async function discover(
  { issuer, clientId }: ClientAddress,
  signal?: AbortSignal,
): Promise<client.ServerMetadata> {
  const url = parseSecureUrl(issuer, 'the issuer')
  const metadata = await read(url, clientId, signal)
  // Of a provider on loopback, openid-client would take endpoints of clear text anywhere.
  for (const [name, address] of Object.entries(metadata)) {
    const isEndpoint = name.endsWith('_endpoint') || name === 'jwks_uri'
    if (isEndpoint && typeof address === 'string') parseSecureUrl(address, `${name} of the issuer`)
  }
  return metadata
}

async function read(
  url: URL,
  clientId: string,
  signal: AbortSignal | undefined,
): Promise<client.ServerMetadata> {
  try {
    const found = await client.discovery(url, clientId, undefined, client.None(), {
      execute: url.protocol === 'http:' ? [client.allowInsecureRequests] : [],
    })
    return found.serverMetadata()
  } catch (error) {
    signal?.throwIfAborted()
    throw discoveryFailure(error)
  }
}

/** Configures openid-client to act as this client, with this secret by HTTP Basic. */
export function configure(
  metadata: client.ServerMetadata,
  { issuer, clientId }: ClientAddress,
  clientSecret: string,
): client.Configuration {
  const authentication = client.ClientSecretBasic(clientSecret)
  const configuration = new client.Configuration(metadata, clientId, undefined, authentication)
  configuration[client.customFetch] = fetchAgain
  if (parseSecureUrl(issuer, 'the issuer').protocol === 'http:')
    client.allowInsecureRequests(configuration)
  return configuration
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
