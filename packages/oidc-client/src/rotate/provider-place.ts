/**
 * Where an identity provider is, as a family declares it. Its clients are loaded with {@link providerAt} alone.
 *
 * @module
 */
import { SECRET_NAME, SECRET_NAME_RULE } from '@rekey/secret/internal'
import { type RotationParts, refuseToAsk } from '@rekey/secret/internal/kind'
import { trustEntry } from '@rekey/secret/trust'
import { z } from 'zod/v4'
import type { ClientSecretProvider } from './client-secret-provider.ts'

const secretName = z.string().regex(SECRET_NAME, SECRET_NAME_RULE)
const issuer = z.url().describe('the issuer identifier of the identity provider')
const trust = trustEntry
  .optional()
  .describe('the roots of a private provider: PEM, or { "file": PATH }; default: public ones')

/** The schema of an identity provider in a family: where it is, and how secrets of its clients are changed. */
export const providerPlace = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('keycloak'),
    issuer,
    trust,
    url: z.url(),
    realm: z.string().min(1),
    manager: z.strictObject({ clientId: z.string().min(1), secretName }),
  }),
  z.strictObject({
    kind: z.literal('registration').describe('RFC 7592'),
    issuer,
    trust,
    registrationUri: z.url(),
    tokenName: secretName.describe('the secret that holds the registration access token'),
  }),
  z.strictObject({
    kind: z.literal('manual').describe('an operator pastes new secrets'),
    issuer,
    trust,
  }),
  z.strictObject({
    kind: z.literal('adapter').describe('a service of ours that changes the secret, over HTTP'),
    issuer,
    trust,
    url: z.url().describe('where it is asked, see `adapterProvider`'),
    tokenName: secretName.describe('the secret that is its bearer token'),
  }),
])

/** An identity provider, as a family declares it. Holds no secret. */
export type ProviderPlace = z.output<typeof providerPlace>

/** Returns the name of the secret with which a rotator changes clients at a provider, if it needs one. */
export function credentialOf(place: ProviderPlace): string | undefined {
  if (place.kind === 'manual') return undefined
  return place.kind === 'keycloak' ? place.manager.secretName : place.tokenName
}

/** The client whose secret is changed. */
export interface ClientAtProvider {
  readonly clientId: string
  /** The name of its secret in the store. */
  readonly secretName: string
}

/**
 * Creates what changes the secret of a client at its identity provider.
 *
 * @throws {SecretError} if the store cannot give the credential of the rotator at the provider
 */
export async function providerAt(
  place: ProviderPlace,
  { clientId, secretName }: ClientAtProvider,
  { store, ask = refuseToAsk, fetch }: Pick<RotationParts, 'store' | 'ask' | 'fetch'>,
): Promise<ClientSecretProvider> {
  const calling = fetch && { fetch }
  switch (place.kind) {
    case 'keycloak': {
      const { url, realm, manager } = place
      const secret = (await store.read(manager.secretName)).current.value
      const client = { url, realm, clientId, manager: { ...manager, secret } }
      const { keycloakProvider } = await import('./keycloak-provider.ts')
      return keycloakProvider({ ...client, ...calling })
    }
    case 'registration': {
      const { registrationUri, tokenName } = place
      const { storedRegistrationToken } = await import('./registration-token.ts')
      const { registrationProvider } = await import('./registration-provider.ts')
      const token = storedRegistrationToken(store, tokenName)
      return registrationProvider({ registrationUri, token, ...calling })
    }
    case 'manual':
      return (await import('./manual-provider.ts')).manualProvider({ ask })
    case 'adapter': {
      const { adapterProvider } = await import('./adapter-provider.ts')
      return adapterProvider({ ...place, secretName, store, ...calling })
    }
  }
}
