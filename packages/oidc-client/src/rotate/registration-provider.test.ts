import {
  createFleet,
  createMemoryJournal,
  planRotation,
  rollBack,
  rotate,
  type RotateOptions,
} from '@rekey/rekey/engine'
import type { SecretStore } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { openIdentityProvider } from '@rekey/testbed'
import { expect, it, onTestFinished } from 'vitest'
import { oidcClientKind, registrationProvider, storedRegistrationToken } from './index.ts'
import {
  acceptsAt,
  dieAt,
  openPort,
  openPortal,
  SECRET,
  startLogins,
  suspension,
} from '../../test/rotate/oidc-client-kind.support.ts'

const TOKEN = 'OIDC_REGISTRATION_TOKEN_PORTAL'

/** A client that registered itself, a replica that logs people in by it, and a rotation of its secret. */
async function setUp(onAnswer: (method: string) => Promise<void> = () => Promise.resolve()) {
  const port = await openPort()
  const idp = await openIdentityProvider({ clients: [] })
  onTestFinished(() => idp[Symbol.asyncDispose]())
  const client = await idp.registerClient([`${port.url}/callback`])
  const { clientId, registrationUri } = client
  const store = createMemoryStore({
    [SECRET]: client.clientSecret,
    [TOKEN]: client.registrationToken,
  })
  const address = { issuer: idp.issuer, clientId }
  const portal = await openPortal(port, { ...address, source: store, environment: 'production' })
  const methods: string[] = []
  const commonWith = (used: SecretStore) => ({
    ...{ service: 'portal', ...address, fleet: createFleet([portal]) },
    ...{ validationMs: 50, deadlineMs: 10_000, pollMs: 20 },
    provider: registrationProvider({
      registrationUri,
      token: storedRegistrationToken(used, TOKEN),
      fetch: async (input, init) => {
        const method = init?.method ?? 'GET'
        methods.push(method)
        const answer = await fetch(input, init)
        await onAnswer(method)
        return answer
      },
    }),
  })
  const common = commonWith(store)
  const kind = oidcClientKind.rotation({ ...common, nonProduction: false })
  const read = async () => (await store.read(SECRET)).current.value
  const accepts = acceptsAt(address)
  const options = { store, journal: createMemoryJournal() }
  const rotateWith = (used: SecretStore, more: Partial<RotateOptions> = {}) =>
    rotate(oidcClientKind.rotation({ ...commonWith(used), nonProduction: false }), {
      ...options,
      ...more,
    })
  return { common, store, portal, kind, read, accepts, options, methods, rotateWith }
}

it('replaces a secret of the provider’s choice five times while people log in, and no login fails', async () => {
  const { kind, options, portal, read, accepts } = await setUp()
  const logins = startLogins(portal)
  for (let round = 0; round < 5; round += 1) {
    const old = await read()
    await rotate(kind, options)
    expect([await accepts(old), await accepts(await read())]).toEqual([false, true])
  }
  const { count, failures } = await logins.stop()
  expect(failures).toEqual([])
  expect(count).toBeGreaterThan(5)
})

it('keeps each new registration access token, and only that', async () => {
  const { kind, options, store } = await setUp()
  const before = await store.read(TOKEN)
  await rotate(kind, options)
  const after = await store.read(TOKEN)
  expect(after.current.version).not.toBe(before.current.version)
  expect([after.pending, after.previous]).toEqual([undefined, undefined])
})

/** The store as it is when its `verb` on the token fails once. */
function failingOnce(store: SecretStore, verb: 'stage' | 'promote' | 'revoke'): SecretStore {
  let isDue = true
  return {
    ...store,
    [verb]: (...request: [string, never, never]) => {
      if (request[0] !== TOKEN || !isDue) return store[verb](...request)
      isDue = false
      return Promise.reject(new Error('killed'))
    },
  }
}

it.each(['promote', 'revoke'] as const)(
  'R3 died between the answer and the store, before the %s of the new token: the same secret is asked for again',
  async (verb) => {
    const { rotateWith, store, methods, read, accepts } = await setUp()
    await expect(rotateWith(failingOnce(store, verb))).rejects.toThrow('killed')
    await rotateWith(store)
    expect(methods.filter((method) => method === 'PUT')).toHaveLength(1)
    expect(await accepts(await read())).toBe(true)
    await rotateWith(store)
    const { pending, previous } = await store.read(TOKEN)
    expect([pending, previous]).toEqual([undefined, undefined])
  },
)

it('R66 a rotator that is displaced before it asks for a new secret does not ask, and the plan states what a late call may do', async () => {
  const displaced = suspension()
  const { kind, options, methods, read, accepts } = await setUp(displaced.onAnswer)
  const slow = expect(rotate(kind, options)).rejects.toMatchObject({ code: 'fenced' })
  await displaced.reached
  await rotate(kind, { ...options, compromised: true })
  const puts = methods.filter((method) => method === 'PUT').length
  displaced.resume()
  await slow
  expect(methods.filter((method) => method === 'PUT')).toHaveLength(puts)
  expect(await accepts(await read())).toBe(true)
  expect((await planRotation(kind, options)).lateCall).toContain('rotate once more')
})

it('R3 died after the answer, before the secret was staged: the same secret is asked for again', async () => {
  const { rotateWith, store, methods, read, accepts } = await setUp()
  await expect(rotateWith(store, { onEvent: dieAt('generate end') })).rejects.toThrow('killed')
  await rotateWith(store)
  expect(methods.filter((method) => method === 'PUT')).toHaveLength(1)
  expect(await accepts(await read())).toBe(true)
})

it('says what to do when the answer that was lost had the only token that is good', async () => {
  const { rotateWith, store } = await setUp()
  await expect(rotateWith(failingOnce(store, 'stage'))).rejects.toThrow('killed')
  await expect(rotateWith(store)).rejects.toMatchObject({
    code: 'stopped',
    reason: 'forbidden',
    message: expect.stringContaining('get a new one from the provider, and store it') as string,
  })
})

it('does not go back to a secret that the provider has ended', async () => {
  const { kind, rotateWith, store, options } = await setUp()
  await expect(rotateWith(store, { onEvent: dieAt('prove end') })).rejects.toThrow('killed')
  const failure = { code: 'stopped', step: 'abort', reason: 'unreachable' }
  await expect(rollBack(kind, options)).rejects.toMatchObject(failure)
  expect((await store.read(SECRET)).pending).toBeDefined()
})

it('does not take a secret that was made before the leak for a new one', async () => {
  const { rotateWith, store, read, accepts } = await setUp()
  await expect(rotateWith(store, { onEvent: dieAt('prove end') })).rejects.toThrow('killed')
  const leaked = (await store.read(SECRET)).pending
  await rotateWith(store, { compromised: true })
  expect(leaked && (await accepts(leaked.value))).toBe(false)
  expect(await accepts(await read())).toBe(true)
})

it('does not ask for a secret that the loader would not take, outside production', async () => {
  const { common, options, methods } = await setUp()
  const failure = { code: 'rolled-back', step: 'generate', reason: 'refused' }
  const rotation = rotate(oidcClientKind.rotation({ ...common, nonProduction: true }), options)
  await expect(rotation).rejects.toMatchObject(failure)
  expect(methods).toEqual([])
})

it('plans by reading alone, and sees what the provider has done already', async () => {
  const { kind, options, rotateWith, store, methods } = await setUp()
  const generate = async () => (await planRotation(kind, options)).steps[0]?.what
  expect(await generate()).toContain('the provider makes a new secret')
  expect(methods).toEqual(['GET'])
  await expect(rotateWith(store, { onEvent: dieAt('generate end') })).rejects.toThrow('killed')
  expect(await generate()).toBe('the secret that the provider has made already')
})
