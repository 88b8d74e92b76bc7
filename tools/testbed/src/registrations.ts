/** An account that can log in. */
export interface TestAccount {
  /** The login typed into the form, and the `sub` of the ID token. */
  readonly login: string
  readonly name: string
  readonly email: string
  /** Default true. */
  readonly emailVerified?: boolean
}

/** A relying party, as the provider knows it. */
export interface OidcClient {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUris: readonly string[]
  /** Where the provider may send a browser after its sign-out. Default: nowhere. */
  readonly signedOutUris?: readonly string[]
}

/** A client that manages its own registration. */
export interface RegisteredClient extends OidcClient {
  /** Where RFC 7592 requests go. */
  readonly registrationUri: string
  readonly registrationToken: string
}

/**
 * Registers a client at a provider (RFC 7591).
 *
 * @param initialToken what the provider gave for this one registration
 * @throws {Error} with the status, if it is refused
 */
export async function registerClient(
  endpoint: string,
  initialToken: string,
  options: {
    readonly redirectUris: readonly string[]
    readonly fetch?: typeof globalThis.fetch | undefined
  },
): Promise<RegisteredClient> {
  const { redirectUris, fetch = globalThis.fetch } = options
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: `Bearer ${initialToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: redirectUris }),
  })
  if (response.status !== 201) throw new Error(`registration answered ${response.status}`)
  const record = (await response.json()) as Readonly<Record<string, string>>
  return {
    clientId: record['client_id'] ?? '',
    clientSecret: record['client_secret'] ?? '',
    redirectUris,
    registrationUri: record['registration_client_uri'] ?? '',
    registrationToken: record['registration_access_token'] ?? '',
  }
}
