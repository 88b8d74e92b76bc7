import type { Family } from '@rekey/family'
import type { DisposalStack, SecretStore } from '@rekey/secret'
import { spawnIdentityProvider } from '@rekey/testbed'
import { DESK_TOKEN, openClientSecretDesk } from './client-secret-desk.ts'
import { CLIENT_ID } from './plan-services.ts'
import { CLIENT_SECRET } from './reference-family.ts'

type ProviderPlace = Family['providers'][string]

/** Who is to be known to the provider. */
export interface ProviderOptions {
  readonly frontendUrl: string
  /** Holds the client's secret and the token of the manual provider. */
  readonly store: SecretStore
}

/** Starts an identity provider that knows frontend, and the manual provider by which its secret is changed. */
export async function openProvider(
  { frontendUrl, store }: ProviderOptions,
  own: DisposalStack,
): Promise<ProviderPlace> {
  const provider = await spawnIdentityProvider({
    clients: [await describeClient(frontendUrl, store)],
  })
  own.use(provider, 'identity provider')
  const token = (await store.read(DESK_TOKEN)).current.value
  const desk = await openClientSecretDesk({ provider, clientId: CLIENT_ID, token })
  own.defer(() => desk.close(), 'manual provider of the identity provider')
  const { issuer } = provider
  return { kind: 'adapter', issuer, url: desk.url, tokenName: DESK_TOKEN }
}

async function describeClient(frontendUrl: string, store: SecretStore) {
  const { current } = await store.read(CLIENT_SECRET)
  const redirectUris = [new URL('/callback', frontendUrl).href]
  return { clientId: CLIENT_ID, clientSecret: current.value.expose(), redirectUris }
}
