import { discover } from '@rekey/config-loader/oidc'
import type { LiveSecret } from '@rekey/secret'
import * as client from 'openid-client'

/** Who logged in. */
export interface Person {
  readonly subject: string
  readonly email: string
}

/** One login that was begun and waits for its callback. Kept by the browser, see `routes.ts`. */
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
  readonly secret: LiveSecret
}

/** The OpenID Connect authorization code flow with PKCE (RFC 7636), state and nonce. */
export class OidcLogin {
  readonly #options: OidcOptions
  #configuration: { version: string; value: Promise<client.Configuration> } | undefined

  constructor(options: OidcOptions) {
    this.#options = options
  }

  /** Where to send the browser, and what to remember until it comes back. */
  async begin(): Promise<{ url: URL; attempt: LoginAttempt }> {
    const attempt = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
    }
    const url = client.buildAuthorizationUrl(await this.#current(), {
      redirect_uri: this.#options.redirectUri,
      scope: 'openid email',
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
    })
    return { url, attempt }
  }

  /** Exchanges the code that the browser brought back. Rejects if anything about it is wrong. */
  async finish(callback: URL, attempt: LoginAttempt): Promise<Person> {
    const tokens = await client.authorizationCodeGrant(await this.#current(), callback, {
      expectedState: attempt.state,
      expectedNonce: attempt.nonce,
      pkceCodeVerifier: attempt.verifier,
    })
    const claims = tokens.claims()
    const email = claims?.['email']
    if (claims === undefined || typeof email !== 'string')
      throw new Error('no email in the ID token')
    return { subject: claims.sub, email }
  }

  /** One configuration for each version of the client secret. */
  #current(): Promise<client.Configuration> {
    const { issuer, clientId, secret } = this.#options
    const { version, value } = secret.current
    if (this.#configuration?.version !== version) {
      this.#configuration = { version, value: discover(new URL(issuer), clientId, value.expose()) }
      this.#configuration.value.catch(() => (this.#configuration = undefined))
    }
    secret.usage.record(version)
    return this.#configuration.value
  }
}
