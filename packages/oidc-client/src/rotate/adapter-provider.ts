import { parseSecureUrl, SecretError, type SecretStore, within } from '@rekey/secret'
import type { StepContext } from '@rekey/secret/kind'
import { certificateRefusal } from '@rekey/secret/trust'
import {
  type ClientSecretProvider,
  LATE_CALL,
  type SecretChange,
} from './client-secret-provider.ts'

const TIMEOUT_MS = 5_000
const TRUST_OPTION = 'trust of the provider in the family'

/** Where an HTTP adapter of an identity provider is, and the names of the secrets of the client and of the adapter. */
export interface AdapterOptions {
  /** https, except on loopback. */
  readonly url: string
  /** The name of the client's secret in the store. */
  readonly secretName: string
  /** The name of the secret that the adapter takes as a bearer token. */
  readonly tokenName: string
  /** Where both secrets are. */
  readonly store: SecretStore
  /** Default: the global one. */
  readonly fetch?: typeof fetch
}

type Fenced = Pick<StepContext, 'signal' | 'fence'>

/** The secret of the client from now on, and the other one that is accepted beside it. */
export interface AdapterOrder {
  readonly secret: string
  readonly alsoAccepted?: string
}

/**
 * Creates a provider that holds two secrets at once and is changed over HTTP: `PUT URL` with `Authorization: Bearer TOKEN` and an
 * {@link AdapterOrder} as JSON, answered with 204 once it holds. The same order may come twice.
 *
 * @throws {SecretError} `refused` for a URL that would carry the token in clear text; later `unreachable`, with the status, or
 *   `refused` for a certificate that is not trusted
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
  const { secretName, tokenName, store, fetch = globalThis.fetch } = options
  const url = parseSecureUrl(options.url, 'the adapter of the identity provider')
  const order = async (order: AdapterOrder, { signal, fence }: Fenced) => {
    const token = (await store.read(tokenName)).current.value
    const headers = { authorization: `Bearer ${token.expose()}` }
    const body = JSON.stringify(order)
    await fence()
    await put(url, { method: 'PUT', redirect: 'error', headers, body }, { fetch, signal })
  }
  const both = ({ current, next }: SecretChange) => ({
    secret: next.expose(),
    alsoAccepted: current.expose(),
  })
  return {
    name: 'the adapter of the identity provider',
    slots: 'two-secrets',
    lateCall: LATE_CALL,
    plan: () =>
      Promise.resolve({
        generate: '32 random bytes',
        admit: 'the provider accepts both secrets',
        revoke: 'the provider forgets the old secret',
      }),
    accept: (change, context) => order(both(change), context),
    withdraw: ({ current }, context) => order({ secret: current.expose() }, context),
    async retire(context) {
      const { current } = await store.read(secretName)
      await order({ secret: current.value.expose() }, context)
    },
  }
}

async function put(
  url: URL,
  request: RequestInit,
  { fetch, signal }: { fetch: typeof globalThis.fetch; signal: AbortSignal },
): Promise<void> {
  const limit = { what: 'the adapter of the identity provider', limitMs: TIMEOUT_MS, signal }
  const status = await within(limit, (limited) => fetch(url, { ...request, signal: limited })).then(
    (response) => response.status,
    (error: unknown) => {
      const refusal = certificateRefusal(error, { host: url.host, option: TRUST_OPTION })
      if (refusal !== undefined) throw refusal
      return 0
    },
  )
  signal.throwIfAborted()
  if (status === 204) return
  throw new SecretError(
    'unreachable',
    `the adapter of the identity provider answered ${status || 'nothing'} in place of 204: look at its log`,
    { status },
  )
}
