import { Secret, systemClock } from '@rekey/secret'
import type { StepContext } from '@rekey/secret/kind'
import { createMemoryStore } from '@rekey/config-loader/store'
import { expect, it } from 'vitest'
import {
  adapterProvider,
  type ClientSecretProvider,
  keycloakProvider,
  manualProvider,
} from './index.ts'
import { newSecret, SECRET } from '../../test/rotate/oidc-client-kind.support.ts'

const text = () => Secret.of(newSecret(), 'a secret')
const [current, next, held] = [text(), text(), text()]
const PLACE = 'http://127.0.0.1:1'

/** A Keycloak that holds `held`, and an adapter; the changes that are asked of them. */
function fakeProviders() {
  const changes: string[] = []
  const fetch: typeof globalThis.fetch = (input, { method = 'GET' } = {}) => {
    const url = input instanceof Request ? input.url : String(input)
    const isLogin = url.endsWith('/token')
    if (method !== 'GET' && !isLogin) changes.push(method)
    const body = url.includes('?clientId=')
      ? [{ id: 'one' }]
      : { access_token: 'x', value: held.expose() }
    return Promise.resolve(
      url.startsWith(`${PLACE}/adapter`)
        ? new Response(null, { status: 204 })
        : Response.json(body),
    )
  }
  const store = createMemoryStore({ [SECRET]: current.expose(), ADAPTER: newSecret() })
  const names = { secretName: SECRET, tokenName: 'ADAPTER' }
  const manager = { clientId: 'rotator', secret: text() }
  const keycloak = keycloakProvider({ url: PLACE, realm: 'r', clientId: 'c', manager, fetch })
  const adapter = adapterProvider({ url: `${PLACE}/adapter`, ...names, store, fetch })
  return { keycloak, adapter, changes }
}

type Call = (provider: ClientSecretProvider, context: StepContext) => Promise<void>
const CALLS: Readonly<Record<string, Call>> = {
  accept: (provider, context) => provider.accept({ current, next }, context),
  withdraw: (provider, context) => provider.withdraw({ current, next }, context),
  retire: (provider, context) => provider.retire(context),
}

it.each([
  ['keycloak', 'accept'],
  ['keycloak', 'withdraw'],
  ['adapter', 'accept'],
  ['adapter', 'withdraw'],
  ['adapter', 'retire'],
] as const)('R66 %s asks for no change at %s once the claim is lost', async (name, call) => {
  const { changes, ...providers } = fakeProviders()
  const { signal } = new AbortController()
  const contextWith = (fence: () => Promise<void>) =>
    ({
      signal,
      clock: systemClock,
      compromised: false,
      fence,
    }) as Partial<StepContext> as StepContext
  const lost = contextWith(() => Promise.reject(new Error('fenced')))
  await expect(CALLS[call]?.(providers[name], lost)).rejects.toThrow('fenced')
  expect(changes).toEqual([])
  const held = contextWith(() => Promise.resolve())
  await CALLS[call]?.(providers[name], held).catch(() => undefined)
  expect(changes.length).toBeGreaterThan(0)
})

it('R66 a late call is declared of each provider that a program changes', () => {
  const { keycloak, adapter } = fakeProviders()
  const manual = manualProvider({ ask: () => Promise.resolve(text()) })
  expect([keycloak, adapter, manual].map(({ lateCall }) => lateCall !== undefined)).toEqual([
    true,
    true,
    false,
  ])
})
