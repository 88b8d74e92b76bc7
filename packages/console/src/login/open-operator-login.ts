import { discover, findSignOut } from '@rekey/oidc-client'
import { Secret, SecretError } from '@rekey/secret'
import { openTrustedFetch } from '@rekey/trust'
import * as client from 'openid-client'
import type { LoginAttempt, Operator, OperatorLogin } from '../door/operator.ts'
import type { LoginSettings } from './login-settings.ts'
import { demandOf, roleOf } from './role-of.ts'

/** The settings of a login, and its secret. */
export interface OperatorLoginOptions {
  /** Of `parseLoginSettings`. */
  readonly settings: LoginSettings
  /** Reads the client secret, anew for each login, so that it may be rotated. Not called for a public client. */
  readonly clientSecret: () => Promise<Secret>
}

/** A login that follows an identity provider, until it is disposed. */
export interface OpenOperatorLogin extends OperatorLogin, AsyncDisposable {}

/**
 * Opens the OpenID Connect authorization code flow with PKCE (RFC 7636), state and nonce for a console. The ID token is verified with its signature. The
 * provider is asked at a login alone.
 *
 * @throws {SecretError} as `readTrust` of `@rekey/trust`, for the roots of the provider
 *
 * @example
 * ```ts
 * const written = {
 *   issuer: 'https://login.example',
 *   clientId: 'rekey-console',
 *   publicUrl: 'https://console.example',
 *   roles: { claim: 'groups', viewer: ['watchers'], operator: ['on-call'] },
 * }
 * const settings = parseLoginSettings(JSON.stringify(written), 'login.json')
 * const clientSecret = () => Promise.resolve(Secret.of('from your store', 'CONSOLE_CLIENT_SECRET'))
 * await using login = await openOperatorLogin({ settings, clientSecret })
 * ```
 */
export async function openOperatorLogin({
  settings,
  clientSecret,
}: OperatorLoginOptions): Promise<OpenOperatorLogin> {
  const { publicUrl, sessionMs, idleMs, roles, issuer, clientId } = settings
  const calls = await openTrustedFetch(settings.trust)
  const configure = () => configurationOf(settings, clientSecret, calls.fetch)
  return {
    ...{ publicUrl, sessionMs, idleMs, demand: demandOf(roles) },
    begin: async () => begin(await configure(), settings),
    finish: async (callback, attempt) => {
      const claims = await exchange(await configure(), callback, attempt)
      return operatorOf(claims, roles)
    },
    findSignOut: (state) => {
      const returnTo = `${publicUrl}/signed-out`
      return findSignOut({ issuer, clientId, fetch: calls.fetch }, { returnTo, state })
    },
    [Symbol.asyncDispose]: () => calls[Symbol.asyncDispose](),
  }
}

async function configurationOf(
  { issuer, clientId, clientAuthentication }: LoginSettings,
  clientSecret: () => Promise<Secret>,
  fetch: typeof globalThis.fetch,
): Promise<client.Configuration> {
  const metadata = await discover({ issuer, clientId, fetch })
  const authentication =
    clientAuthentication === 'none'
      ? client.None()
      : (clientAuthentication === 'client_secret_basic'
          ? client.ClientSecretBasic
          : client.ClientSecretPost)((await clientSecret()).expose())
  const configuration = new client.Configuration(metadata, clientId, undefined, authentication)
  configuration[client.customFetch] = fetch as client.CustomFetch
  client.enableNonRepudiationChecks(configuration)
  if (new URL(issuer).protocol === 'http:') client.allowInsecureRequests(configuration)
  return configuration
}

async function begin(configuration: client.Configuration, { publicUrl, scope }: LoginSettings) {
  const attempt = {
    state: client.randomState(),
    nonce: client.randomNonce(),
    verifier: client.randomPKCECodeVerifier(),
  }
  const url = client.buildAuthorizationUrl(configuration, {
    redirect_uri: new URL('/callback', publicUrl).href,
    scope,
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: 'S256',
  })
  return { url, attempt }
}

async function exchange(
  configuration: client.Configuration,
  callback: URL,
  { state, nonce, verifier }: LoginAttempt,
): Promise<client.IDToken> {
  try {
    const tokens = await client.authorizationCodeGrant(configuration, callback, {
      ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier },
      idTokenExpected: true,
    })
    const { access_token: access, id_token: id, refresh_token: refresh } = tokens
    // Masked where anything prints them; none of them is kept.
    for (const text of [access, id, refresh]) {
      if (text !== undefined) Secret.of(text, 'token of a login')
    }
    const claims = tokens.claims()
    if (claims !== undefined) return claims
  } catch (error) {
    throw failureOf(error)
  }
  throw new SecretError('malformed', 'the identity provider gave no ID token')
}

/** The codes by which a provider refuses the client and not the person (RFC 6749 §5.2). */
const OF_CLIENT: ReadonlySet<string> = new Set(['invalid_client', 'unauthorized_client'])

function failureOf(error: unknown): SecretError {
  if (error instanceof SecretError) return error
  const isAnswer = error instanceof client.ResponseBodyError
  if ((isAnswer && OF_CLIENT.has(error.error)) || isChallenge(error)) {
    return new SecretError('rejected', 'the identity provider refuses the secret of this console')
  }
  if (isAnswer || error instanceof client.AuthorizationResponseError) {
    return new SecretError('refused', 'the identity provider refuses this sign-in')
  }
  if (error instanceof client.ClientError && error.code !== 'OAUTH_TIMEOUT') {
    const message = 'the answer of the identity provider does not prove who you are'
    return new SecretError('malformed', message)
  }
  return new SecretError('unreachable', 'the identity provider does not answer')
}

function isChallenge(error: unknown): boolean {
  return error instanceof client.WWWAuthenticateChallengeError
}

function operatorOf(claims: client.IDToken, roles: LoginSettings['roles']): Operator {
  const { iss, sub, email, preferred_username: user } = claims
  const name = textOf(user) ?? textOf(email) ?? sub
  const role = roleOf(claims, roles)
  return { issuer: iss, subject: sub, name, ...(role && { role }) }
}

function textOf(claim: unknown): string | undefined {
  return typeof claim === 'string' && claim !== '' ? claim : undefined
}
