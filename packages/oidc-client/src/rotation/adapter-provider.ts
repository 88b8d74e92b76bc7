import { parseSecureUrl, SecretError, type SecretStore, within } from '@rekey/secret'
import type { ClientSecretProvider, SecretChange } from './client-secret-provider.ts'

const TIMEOUT_MS = 5_000

/** Where an HTTP adapter of an identity provider is, and the names of the secrets of the client and of the adapter. */
export interface AdapterOptions {
  /** https, except on loopback. */
  readonly url: string
  /** The name of the client's secret in the store. */
  readonly secretName: string
  /** The name of the secret that the adapter takes as a bearer token. */
  readonly tokenName: string
  readonly store: SecretStore
}

/** The secret of the client from now on, and the other one that is accepted beside it. */
export interface AdapterOrder {
  readonly secret: string
  readonly alsoAccepted?: string
}

/**
 * Creates a provider that holds two secrets at once and is changed over HTTP: `PUT URL` with `Authorization: Bearer TOKEN` and an
 * {@link AdapterOrder} as JSON, answered with 204 once it holds. The same order may come twice.
 *
 * @throws {SecretError} `refused` for a URL that would carry the token in clear text; later `unreachable`, with the status
 * @example
 * ```ts
 * const provider = adapterProvider({
 *   url: 'https://adapter.internal/clients/frontend',
 *   secretName: 'OIDC_CLIENT_FRONTEND',
 *   tokenName: 'ADAPTER_TOKEN',
 *   store,
 * })
 * ```
 */
export function adapterProvider(options: AdapterOptions): ClientSecretProvider {
  const { secretName, tokenName, store } = options
  const url = parseSecureUrl(options.url, 'the adapter of the identity provider')
  const order = async (order: AdapterOrder, signal: AbortSignal) => {
    const token = (await store.read(tokenName)).current.value
    await put(url, { authorization: `Bearer ${token.expose()}` }, order, signal)
  }
  const both = ({ current, next }: SecretChange) => ({
    secret: next.expose(),
    alsoAccepted: current.expose(),
  })
  return {
    name: 'the adapter of the identity provider',
    plan: () =>
      Promise.resolve({
        generate: '32 random bytes',
        admit: 'the provider accepts both secrets',
        revoke: 'the provider forgets the old secret',
      }),
    accept: (change, { signal }) => order(both(change), signal),
    withdraw: ({ current }, { signal }) => order({ secret: current.expose() }, signal),
    async retire({ signal }) {
      const { current } = await store.read(secretName)
      await order({ secret: current.value.expose() }, signal)
    },
  }
}

async function put(
  url: URL,
  headers: Record<string, string>,
  order: AdapterOrder,
  signal: AbortSignal,
): Promise<void> {
  const limit = { what: 'the adapter of the identity provider', limitMs: TIMEOUT_MS, signal }
  const request = {
    method: 'PUT',
    redirect: 'error',
    headers,
    body: JSON.stringify(order),
  } as const
  const status = await within(limit, (limited) => fetch(url, { ...request, signal: limited })).then(
    (response) => response.status,
    () => 0,
  )
  signal.throwIfAborted()
  if (status === 204) return
  throw new SecretError(
    'unreachable',
    `the adapter of the identity provider answered ${status || 'nothing'} in place of 204: look at its log`,
    { status },
  )
}
