import { parseSecureUrl, SecretError } from '@rekey/secret'
import { certificateRefusal } from '@rekey/secret/trust'
import * as client from 'openid-client'

/** How often a request is made whose connection ends without an answer. */
const ATTEMPTS = 3

/** The connection ended, or had ended before the request was sent. */
const ENDED: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

/** A client at an identity provider. */
export interface ClientAddress {
  readonly issuer: string
  readonly clientId: string
  /** Calls the provider. Default: the global one, which trusts the roots of Node.js. */
  readonly fetch?: typeof fetch
}

/** Where the roots of a private provider are named, for messages. */
const TRUST_OPTION = 'OIDC_TRUST_FILE of the service, and in trust of the provider in the family'

/**
 * Reads the provider's discovery document. The issuer and every endpoint in it is https, or on loopback.
 *
 * @throws {SecretError} `unreachable` if nothing answers, `malformed` if what answers is no provider, `refused` for clear text
 *   or a certificate that is not trusted
 */
export async function discover(
  { issuer, clientId, fetch }: ClientAddress,
  signal?: AbortSignal,
): Promise<client.ServerMetadata> {
  const url = parseSecureUrl(issuer, 'the issuer')
  const metadata = await read(url, clientId, { fetch, signal })
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
  { fetch, signal }: { fetch: ClientAddress['fetch']; signal: AbortSignal | undefined },
): Promise<client.ServerMetadata> {
  try {
    const found = await client.discovery(url, clientId, undefined, client.None(), {
      execute: url.protocol === 'http:' ? [client.allowInsecureRequests] : [],
      ...(fetch && { [client.customFetch]: fetch as client.CustomFetch }),
    })
    return found.serverMetadata()
  } catch (error) {
    signal?.throwIfAborted()
    throw untrusted(error, url) ?? discoveryFailure(error)
  }
}

/** Configures openid-client to act as this client, with this secret by HTTP Basic. */
export function configure(
  metadata: client.ServerMetadata,
  { issuer, clientId, fetch }: ClientAddress,
  clientSecret: string,
): client.Configuration {
  const authentication = client.ClientSecretBasic(clientSecret)
  const configuration = new client.Configuration(metadata, clientId, undefined, authentication)
  configuration[client.customFetch] = fetchAgain(fetch)
  if (parseSecureUrl(issuer, 'the issuer').protocol === 'http:')
    client.allowInsecureRequests(configuration)
  return configuration
}

/** Explains a request that failed at the certificate of the server. */
export function untrusted(error: unknown, { host }: URL): SecretError | undefined {
  return certificateRefusal(error, { host, option: TRUST_OPTION })
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

/**
 * Creates what fetches as `fetch` does, and again where the connection ends without an answer: one that is kept alive may have been closed by the
 * provider while this process stood still. An authorization code is good for one request; if that was the one which went unanswered,
 * the next is refused, and the login is lost as it was before.
 */
function fetchAgain(
  fetch: typeof globalThis.fetch = globalThis.fetch,
): (url: string, options: object) => Promise<Response> {
  return async (url, options) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await fetch(url, options)
      } catch (error) {
        if (attempt === ATTEMPTS || !hasEnded(error)) throw error
      }
    }
  }
}

function hasEnded(error: unknown): boolean {
  const cause: unknown = error instanceof TypeError ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && ENDED.has(cause.code)
}
