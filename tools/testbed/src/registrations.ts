/** Somebody who can log in. */
export interface TestAccount {
  /** What is typed into the form, and the `sub` of the ID token. */
  readonly login: string
  readonly name: string
  readonly email: string
}

/** A relying party, as the provider knows it. */
export interface OidcClient {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUris: readonly string[]
}
