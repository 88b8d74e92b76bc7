import { createRotatingClient, type RotatingClient } from '@rekey/config-loader/oidc'
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

/** The OpenID Connect authorization code flow with PKCE (RFC 7636), state and nonce. Logins outlive a rotation of the secret. */
export class OidcLogin {
  readonly #redirectUri: string
  readonly #client: RotatingClient

  constructor({ redirectUri, ...client }: OidcOptions) {
    this.#redirectUri = redirectUri
    this.#client = createRotatingClient(client)
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

  /** Exchanges the code that the browser brought back. Rejects if anything about it is wrong. */
  async finish(callback: URL, attempt: LoginAttempt): Promise<Person> {
    const tokens = await this.#client.authenticated((configuration) =>
      client.authorizationCodeGrant(configuration, callback, {
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        pkceCodeVerifier: attempt.verifier,
      }),
    )
    const claims = tokens.claims()
    const email = claims?.['email']
    if (claims === undefined || typeof email !== 'string')
      throw new Error('no email in the ID token')
    return { subject: claims.sub, email }
  }

  /** Stops following the secret. */
  close(): void {
    this.#client.close()
  }
}
