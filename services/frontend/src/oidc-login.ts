import { createRotatingClient, findSignOut, type RotatingClient } from '@rekey/oidc-client'
import { type LiveSecret, Secret } from '@rekey/secret'
import * as client from 'openid-client'
import { AnswerError } from './answer-error.ts'

/** A person who logged in. Issuer and subject together name one person for good; the address may change. */
export interface Person {
  readonly issuer: string
  readonly subject: string
  /** Verified by the issuer. */
  readonly email: string
}

/** One login that was begun and waits for its callback, see `logins.ts`. */
export interface LoginAttempt {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** Which client frontend is at which provider. */
export interface OidcOptions {
  readonly issuer: string
  readonly clientId: string
  readonly redirectUri: string
  /** Where the provider sends a browser after its sign-out. */
  readonly signedOutUri: string
  readonly secret: LiveSecret
  /** Calls the provider. Default: the global one. */
  readonly fetch?: typeof fetch
}

/** The OpenID Connect authorization code flow with PKCE (RFC 7636), state and nonce. Logins outlive a rotation of the secret. */
export class OidcLogin {
  readonly #redirectUri: string
  readonly #client: RotatingClient
  #jwks: ReturnType<typeof client.getJwksCache>
  readonly #findSignOut: (state: string) => Promise<URL | undefined>

  constructor({ redirectUri, signedOutUri, ...client }: OidcOptions) {
    this.#redirectUri = redirectUri
    this.#client = createRotatingClient(client)
    const { issuer, clientId, fetch } = client
    const address = { issuer, clientId, ...(fetch && { fetch }) }
    this.#findSignOut = (state) => findSignOut(address, { returnTo: signedOutUri, state })
  }

  /** Where to send the browser, and what to remember until it comes back. */
  async begin(): Promise<{ url: URL; attempt: LoginAttempt }> {
    const attempt = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
    }
    const url = client.buildAuthorizationUrl(await this.#client.configuration(), {
      redirect_uri: this.#redirectUri,
      scope: 'openid email',
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
    })
    return { url, attempt }
  }

  /**
   * Exchanges the code that the browser brought back.
   *
   * @throws {AnswerError} 400 if the provider refused the login or the code; 403 without an e-mail address that the provider has
   *   verified. Anything else that it throws is a fault of the provider or ours.
   */
  async finish(callback: URL, attempt: LoginAttempt): Promise<Person> {
    const { issuer } = (await this.#client.configuration()).serverMetadata()
    checkCallback(callback.searchParams, issuer)
    const tokens = await this.#client
      .authenticated((configuration) => this.#exchange(configuration, callback, attempt))
      .catch((error: unknown) => {
        throw isCodeRefused(error) ? refusedLogin() : error
      })
    announceTokens(tokens)
    return personOf(tokens.claims())
  }

  /** The ID token is verified with its signature (OpenID Connect Core §3.1.3.7), by keys that are read anew where one is unknown. */
  async #exchange(
    configuration: client.Configuration,
    callback: URL,
    { state, nonce, verifier }: LoginAttempt,
  ): Promise<Awaited<ReturnType<typeof client.authorizationCodeGrant>>> {
    client.enableNonRepudiationChecks(configuration)
    if (this.#jwks !== undefined) client.setJwksCache(configuration, this.#jwks)
    const tokens = await client.authorizationCodeGrant(configuration, callback, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    })
    this.#jwks = client.getJwksCache(configuration)
    return tokens
  }

  /**
   * Finds where to send a browser to sign out at the provider; it comes back with `state`.
   *
   * @returns undefined if the provider offers none
   * @throws {SecretError} if it does not answer within 3 seconds
   */
  findSignOut(state: string): Promise<URL | undefined> {
    return this.#findSignOut(state)
  }

  /** Stops following the secret. */
  close(): void {
    this.#client.close()
  }
}

/** Of the implicit and the hybrid flow, and of JARM: answers to questions that were not asked. */
const UNASKED = ['id_token', 'access_token', 'token', 'response']

/** A provider that refuses has `error` in place of `code` (RFC 6749 §4.1.2.1); `iss` is who answered (RFC 9207). */
function checkCallback(parameters: URLSearchParams, issuer: string): void {
  const isAnswered = parameters.getAll('code').length === 1 && !parameters.has('error')
  const isUnasked = UNASKED.some((name) => parameters.has(name))
  if (!isAnswered || isUnasked || parameters.getAll('iss').some((iss) => iss !== issuer))
    throw refusedLogin()
}

/** RFC 6749 §5.2: wrong, used, expired, or of another client. */
function isCodeRefused(error: unknown): boolean {
  return error instanceof client.ResponseBodyError && error.error === 'invalid_grant'
}

/** They are used by the client alone, and are masked where it or anything else prints them. */
function announceTokens(tokens: client.TokenEndpointResponse): void {
  const texts = [tokens.access_token, tokens.id_token, tokens.refresh_token]
  for (const text of texts) if (text !== undefined) Secret.of(text, 'token of a login')
}

function personOf(claims: client.IDToken | undefined): Person {
  if (claims === undefined) throw new Error('the provider gave no ID token')
  const { iss, sub, email, email_verified: isVerified } = claims
  if (typeof email === 'string' && isVerified === true) return { issuer: iss, subject: sub, email }
  const message =
    'the identity provider has not verified your e-mail address: verify it there, then open /login'
  throw new AnswerError(403, message)
}

function refusedLogin(): AnswerError {
  return new AnswerError(400, 'the identity provider refused this login: open /login')
}
