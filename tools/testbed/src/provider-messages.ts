import type { IdentityProvider } from './identity-provider.ts'

/**
 * Messages between a test and an identity provider in a process of its own, one JSON document a line. First come the
 * `IdentityProviderOptions`, answered by {@link Ready}; then any number of {@link SecretChange}, each answered by {@link
 * Answer} in order. Secrets go through stdin, for arguments can be seen by every user of the machine.
 */
export interface Ready {
  readonly issuer: string
}

/** The arguments of `IdentityProvider.setClientSecret`. */
export type SecretChange = Parameters<IdentityProvider['setClientSecret']>

/** `error` is absent if it went well. */
export interface Answer {
  readonly error?: string
}
