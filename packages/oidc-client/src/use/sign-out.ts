import { parseSecureUrl, within } from '@rekey/secret'
import * as client from 'openid-client'
import { type ClientAddress, discover } from '../spec/discover.ts'

/** How a browser comes back from the sign-out of its provider. */
export interface SignOutReturn {
  /** Where the provider sends it: registered there as `post_logout_redirect_uri`. */
  readonly returnTo: string
  /** Brought back unchanged: random, for this one sign-out. */
  readonly state: string
  /** How long the provider may take to describe itself. Default 3,000. */
  readonly limitMs?: number
}

/**
 * Finds the address at which a browser signs out at the identity provider (OpenID Connect RP-Initiated Logout 1.0 §2). The discovery document is read anew,
 * so that no browser is sent to a provider that does not answer. The address names the client and has no ID token, so the provider asks the
 * person for a confirmation.
 *
 * @returns undefined if the provider announces no `end_session_endpoint`
 * @throws {SecretError} as `discover`; `unreachable` after `limitMs`
 */
export function findSignOut(
  address: ClientAddress,
  { returnTo, state, limitMs = 3_000 }: SignOutReturn,
): Promise<URL | undefined> {
  return within({ what: 'a discovery document of the issuer', limitMs }, async (signal) => {
    const metadata = await discover(address, signal)
    if (metadata.end_session_endpoint === undefined) return undefined
    const configuration = new client.Configuration(metadata, address.clientId)
    const { protocol } = parseSecureUrl(address.issuer, 'the issuer')
    if (protocol === 'http:') client.allowInsecureRequests(configuration)
    return client.buildEndSessionUrl(configuration, { post_logout_redirect_uri: returnTo, state })
  })
}
