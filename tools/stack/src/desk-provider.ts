import type { ClientSecretProvider, SecretChange } from '@rekey/oidc-client/rotation'
import { SecretError, type SecretStore, within } from '@rekey/secret'
import type { DeskOrder } from './client-secret-desk.ts'

const TIMEOUT_MS = 5_000

/** Where the desk is, and the names of the secrets of the client and of the desk. */
export interface DeskPlace {
  readonly url: string
  readonly secretName: string
  readonly tokenName: string
}

/** The provider of the stack, which holds two secrets at once, as its desk changes it. */
export function deskProvider(
  { url, secretName, tokenName }: DeskPlace,
  store: SecretStore,
): ClientSecretProvider {
  const order = async (order: DeskOrder, signal: AbortSignal) => {
    const token = (await store.read(tokenName)).current.value
    await put(url, { authorization: `Bearer ${token.expose()}` }, order, signal)
  }
  const both = ({ current, next }: SecretChange) => ({
    secret: next.expose(),
    alsoAccepted: current.expose(),
  })
  return {
    name: 'the identity provider of the stack',
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
  url: string,
  headers: Record<string, string>,
  order: DeskOrder,
  signal: AbortSignal,
): Promise<void> {
  const limit = { what: "the identity provider's desk", limitMs: TIMEOUT_MS, signal }
  const status = await within(limit, (limited) =>
    fetch(url, { method: 'PUT', headers, body: JSON.stringify(order), signal: limited }),
  ).then(
    (response) => response.status,
    () => 0,
  )
  signal.throwIfAborted()
  if (status === 204) return
  throw new SecretError(
    'unreachable',
    'the desk of the identity provider gave no answer: is the stack up?',
    {
      status,
    },
  )
}
