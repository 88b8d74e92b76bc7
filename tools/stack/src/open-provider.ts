import type { Family } from '@rekey/rekey/internal'
import type { DisposalStack, SecretStore } from '@rekey/secret'
import { type IdentityProviderOptions, spawnIdentityProvider } from '@rekey/testbed'
import { ADAPTER_TOKEN, openClientSecretAdapter } from './client-secret-adapter.ts'
import { CLIENT_ID } from './plan-services.ts'
import type { PublicRoot } from './public-root.ts'
import { CLIENT_SECRET } from './reference-family.ts'

type ProviderPlace = Family['providers'][string]

/** Who is to be known to the provider. */
export interface ProviderOptions {
  /** Each replica of frontend. */
  readonly frontendUrls: readonly string[]
  /** Holds the client's secret and the token of the manual provider. */
  readonly store: SecretStore
  readonly root: PublicRoot
  /** Known to it beside frontend. */
  readonly otherClients?: IdentityProviderOptions['clients']
}

/** Starts an identity provider with frontend as its client, and the adapter that changes the client secret there. */
export async function openProvider(
  { frontendUrls, store, root, otherClients = [] }: ProviderOptions,
  own: DisposalStack,
): Promise<ProviderPlace> {
  const provider = await spawnIdentityProvider({
    clients: [await describeClient(frontendUrls, store), ...otherClients],
    tls: root.issue(),
  })
  own.use(provider, 'identity provider')
  const token = (await store.read(ADAPTER_TOKEN)).current.value
  const served = { provider, clientId: CLIENT_ID, token, tls: root.issue() }
  const adapter = await openClientSecretAdapter(served)
  own.defer(() => adapter.close(), 'adapter of the identity provider')
  const { issuer } = provider
  const trust = { file: root.file }
  return { kind: 'adapter', issuer, trust, url: adapter.url, tokenName: ADAPTER_TOKEN }
}

async function describeClient(frontendUrls: readonly string[], store: SecretStore) {
  const { current } = await store.read(CLIENT_SECRET)
  const redirectUris = frontendUrls.map((url) => new URL('/callback', url).href)
  const signedOutUris = frontendUrls.map((url) => new URL('/signed-out', url).href)
  return { clientId: CLIENT_ID, clientSecret: current.value.expose(), redirectUris, signedOutUris }
}
