import {
  adapterProvider,
  manualProvider,
  type ClientSecretProvider,
  keycloakProvider,
  registrationProvider,
  storedRegistrationToken,
} from '@rekey/oidc-client/rotation'
import { type Secret, SecretError, type SecretStore } from '@rekey/secret'
import type { Family } from '../family.ts'

type ProviderPlace = Family['providers'][string]

/** Gets a new secret from the operator, who made it at the provider. */
export type AskOperator = (signal: AbortSignal) => Promise<Secret>

/** The client whose secret is changed, and what it takes. */
export interface ClientAtProvider {
  readonly store: SecretStore
  readonly clientId: string
  /** The name of its secret in the store. */
  readonly secretName: string
  readonly ask: AskOperator | undefined
}

/**
 * Creates what changes the secret of a client at its identity provider.
 *
 * @throws {SecretError} if the store cannot give the credential of the rotator at the provider
 */
export async function clientProvider(
  place: ProviderPlace,
  { store, clientId, secretName, ask = nobody }: ClientAtProvider,
): Promise<ClientSecretProvider> {
  switch (place.kind) {
    case 'keycloak': {
      const { url, realm, manager } = place
      const secret = (await store.read(manager.secretName)).current.value
      return keycloakProvider({ url, realm, clientId, manager: { ...manager, secret } })
    }
    case 'registration': {
      const { registrationUri, tokenName } = place
      return registrationProvider({
        registrationUri,
        token: storedRegistrationToken(store, tokenName),
      })
    }
    case 'manual':
      return manualProvider({ ask })
    case 'adapter':
      return adapterProvider({ ...place, secretName, store })
  }
}

function nobody(): Promise<Secret> {
  const remedy = 'rotate it with rekey rotate, and give the new secret on stdin'
  return Promise.reject(
    new SecretError('refused', `nobody can paste the new secret here: ${remedy}`),
  )
}
