import { NON_PRODUCTION_PREFIX, SecretError, type SecretSpec } from '@rekey/secret'
import * as client from 'openid-client'

/** Which settings name the identity provider and the client. */
export interface OidcClientOptions {
  /** Default `OIDC_ISSUER`. */
  readonly issuerSetting?: string
  /** Default `OIDC_CLIENT_ID`. */
  readonly clientIdSetting?: string
}

const MIN_LENGTH = 32

/**
 * The client secret that a service shares with its identity provider. The probe reads the discovery document and then
 * authenticates at the token endpoint with a code that cannot exist: `invalid_grant` (RFC 6749 §5.2) proves that the client
 * was accepted, `invalid_client` that it was not.
 */
export function oidcClient(options: OidcClientOptions = {}): SecretSpec<string> {
  const { issuerSetting = 'OIDC_ISSUER', clientIdSetting = 'OIDC_CLIENT_ID' } = options
  return {
    kind: 'oidc-client',
    rule: `at least ${MIN_LENGTH} characters, accepted by the identity provider`,
    access: { end: 'owner' },
    minLength: MIN_LENGTH,
    nameFor: (service) => `OIDC_CLIENT_SECRET_${service.toUpperCase()}`,
    parse(text) {
      if (text.length < MIN_LENGTH) {
        throw new SecretError(
          'malformed',
          `it is shorter than ${MIN_LENGTH} characters: issue a new one`,
        )
      }
      const nonProduction = text.startsWith(NON_PRODUCTION_PREFIX)
      return { value: text, sensitive: [text], nonProduction }
    },
    async probe({ value }, { settings, signal }) {
      const issuer = new URL(String(settings[issuerSetting]))
      const clientId = String(settings[clientIdSetting])
      const config = await discover(issuer, clientId, value.expose(), signal)
      await authenticate(config)
    },
  }
}

/**
 * Reads the provider's discovery document. Plain http is allowed on loopback only.
 *
 * @throws {SecretError} `unreachable` if nothing answers, `malformed` if what answers is no provider
 */
export async function discover(
  issuer: URL,
  clientId: string,
  clientSecret: string,
  signal?: AbortSignal,
): Promise<client.Configuration> {
  const loopback = issuer.hostname === '127.0.0.1' || issuer.hostname === 'localhost'
  try {
    return await client.discovery(
      issuer,
      clientId,
      undefined,
      client.ClientSecretBasic(clientSecret),
      loopback ? { execute: [client.allowInsecureRequests] } : {},
    )
  } catch (error) {
    signal?.throwIfAborted()
    throw discoveryFailure(error)
  }
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

async function authenticate(config: client.Configuration): Promise<void> {
  const code = 'rekey-startup-probe'
  try {
    await client.genericGrantRequest(config, 'authorization_code', {
      code,
      redirect_uri: 'urn:probe',
    })
  } catch (error) {
    // A 401 with a challenge is how a provider answers `invalid_client` to HTTP authentication.
    const refused = error instanceof client.WWWAuthenticateChallengeError
    const answer = error instanceof client.ResponseBodyError ? error.error : undefined
    if (answer === 'invalid_grant') return
    if (refused || answer === 'invalid_client' || answer === 'unauthorized_client') {
      const remedy = 'the identity provider refuses the client: renew its secret'
      throw new SecretError('rejected', remedy)
    }
    throw new SecretError(
      'unreachable',
      'the token endpoint gave no usable answer: check the provider',
    )
  }
}
