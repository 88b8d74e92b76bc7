import { randomBytes } from 'node:crypto'
import { discover } from '@rekey/oidc-client/internal'
import { findSignOut, openSealedLogin, sealLogin } from '@rekey/oidc-client'
import { type Clock, Secret, SecretError, systemClock } from '@rekey/secret'
import { singleFlight } from '@rekey/secret/internal'
import { openTrustedFetch } from '@rekey/secret/trust'
import * as client from 'openid-client'
import type { BegunLogin, Operator, OperatorLogin } from '../door/operator.ts'
import type { LoginSettings } from './login-settings.ts'
import { demandOf, roleOf } from './role-of.ts'

/** The settings of a login, and its secret. */
export interface OperatorLoginOptions {
  /** Of `parseLoginSettings`. */
  readonly settings: LoginSettings
  /** Reads the client secret, anew for each login, so that it may be rotated. Not called for a public client. */
  readonly clientSecret: () => Promise<Secret>
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/** How long a person may take at the identity provider. */
const ATTEMPT_MS = 600_000
/** How far the clock of the provider may be behind, as in openid-client. */
const SKEW_SECONDS = 30

/** A login that was begun, as its browser keeps it, sealed. */
interface Attempt {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  /** Of the clock of this process. */
  readonly beganMs: number
  readonly order?: string
  /** The person signs in after this, in seconds since 1970. Absent: may have done so before. */
  readonly since?: number
}

/** A login that follows an identity provider, until it is disposed. */
export interface OpenOperatorLogin extends OperatorLogin, AsyncDisposable {}

/**
 * Opens the OpenID Connect authorization code flow with PKCE (RFC 7636), state and nonce for a console. The ID token is verified with its signature. The
 * provider is asked at a login alone.
 *
 * @throws {SecretError} as `readTrust` of `@rekey/secret`, for the roots of the provider
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
  clock = systemClock,
}: OperatorLoginOptions): Promise<OpenOperatorLogin> {
  const { publicUrl, sessionMs, idleMs, roles, issuer, clientId } = settings
  const calls = await openTrustedFetch(settings.trust)
  // Many sign-ins at the same time are one request to the provider.
  const metadataOf = singleFlight(() => discover({ issuer, clientId, fetch: calls.fetch }))
  const configure = async () =>
    configurationOf(settings, { metadata: await metadataOf(), clientSecret, fetch: calls.fetch })
  // Of this process alone: a login that it did not begin, it does not finish.
  const key = randomBytes(32)
  return {
    publicUrl,
    sessionMs,
    idleMs,
    demand: demandOf(roles),
    begin: async (order) => {
      const since = order === undefined ? {} : { order, since: Math.floor(Date.now() / 1_000) }
      const attempt = { ...createAttempt(clock), ...since }
      const url = await addressOf(attempt, await configure(), settings)
      return { url, attempt: sealLogin(JSON.stringify(attempt), key) } satisfies BegunLogin
    },
    finish: async (callback, sealed) => {
      const attempt = openAttempt(openSealedLogin(sealed, [key]), callback, clock)
      if (attempt === undefined) return undefined
      const claims = await exchange(await configure(), callback, attempt)
      checkSignedIn(claims, attempt)
      const { order } = attempt
      return { operator: operatorOf(claims, roles), ...(order !== undefined && { order }) }
    },
    findSignOut: (state) => {
      const returnTo = `${publicUrl}/signed-out`
      return findSignOut({ issuer, clientId, fetch: calls.fetch }, { returnTo, state })
    },
    [Symbol.asyncDispose]: () => calls[Symbol.asyncDispose](),
  }
}

interface ConfigurationParts {
  readonly metadata: client.ServerMetadata
  readonly clientSecret: () => Promise<Secret>
  readonly fetch: typeof globalThis.fetch
}

async function configurationOf(
  { issuer, clientId, clientAuthentication }: LoginSettings,
  { metadata, clientSecret, fetch }: ConfigurationParts,
): Promise<client.Configuration> {
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

function createAttempt(clock: Clock): Attempt {
  return {
    state: client.randomState(),
    nonce: client.randomNonce(),
    verifier: client.randomPKCECodeVerifier(),
    beganMs: clock.elapsed(),
  }
}

/** The attempt that the browser kept, if the callback is of it and in time. */
function openAttempt(text: string | undefined, { searchParams }: URL, clock: Clock) {
  if (text === undefined) return undefined
  const attempt = JSON.parse(text) as Attempt
  const states = searchParams.getAll('state')
  const isOfIt = states.length === 1 && states[0] === attempt.state
  return isOfIt && clock.elapsed() - attempt.beganMs < ATTEMPT_MS ? attempt : undefined
}

async function addressOf(
  { state, nonce, verifier, since }: Attempt,
  configuration: client.Configuration,
  { publicUrl, scope }: LoginSettings,
): Promise<URL> {
  return client.buildAuthorizationUrl(configuration, {
    redirect_uri: new URL('/callback', publicUrl).href,
    scope,
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    // OpenID Connect Core §3.1.2.1; with max_age the ID token has auth_time.
    ...(since !== undefined && { prompt: 'login', max_age: '0' }),
  })
}

/** Whether the provider has asked the person anew, where it was to: one that ignores `prompt` gives the time of an older sign-in. */
function checkSignedIn({ auth_time: at }: client.IDToken, { since }: Attempt): void {
  if (since === undefined || (typeof at === 'number' && at >= since - SKEW_SECONDS)) return
  const message =
    'the identity provider does not show that you have just signed in, so nothing is rotated: it must support prompt=login, max_age and auth_time'
  throw new SecretError('refused', message)
}

async function exchange(
  configuration: client.Configuration,
  callback: URL,
  { state, nonce, verifier }: Attempt,
): Promise<client.IDToken> {
  try {
    const tokens = await client.authorizationCodeGrant(configuration, callback, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
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
