import { randomBytes } from 'node:crypto'
import {
  createFleet,
  createMemoryJournal,
  planRotation,
  rollBack,
  rotate,
} from '@rekey/rekey/engine'
import { NON_PRODUCTION_PREFIX, Secret } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { findForTest, type Keycloak, logIn, openKeycloak } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  keycloakProvider,
  oidcClientKind,
  registrationProvider,
  storedRegistrationToken,
} from './index.ts'
import {
  acceptsAt,
  dieAt,
  newSecret,
  openPort,
  openPortal,
  SECRET,
  startLogins,
  suspension,
} from '../../test/rotate/oidc-client-kind.support.ts'

const TOKEN = 'OIDC_REGISTRATION_TOKEN_PORTAL'
const keycloak = await findForTest('keycloak')
let server: Keycloak

/** A realm with one client, a replica that logs people in by it, and what a rotation of its secret takes. */
async function setUp(policy: { twoSecretsForSeconds?: number }) {
  const port = await openPort()
  const client = { clientId: 'portal', clientSecret: newSecret() }
  const manager = { clientId: 'rotator', clientSecret: randomBytes(32).toString('base64url') }
  const clients = [{ ...client, redirectUris: [`${port.url}/callback`] }]
  const realm = await server.createRealm({ clients, manager, ...policy })
  const store = createMemoryStore({ [SECRET]: client.clientSecret })
  const address = { issuer: realm.issuer, clientId: client.clientId }
  const portal = await openPortal(port, { ...address, source: store })
  const form = realm.loginForm('alice')
  // Keycloak marks a client at the first login under the policy, and answers 409 to who comes at the same time.
  await logIn({ startUrl: `${portal.url}/login`, account: 'alice', form })
  /** `onAnswer` is told of every answer of Keycloak's admin API before the rotator has it. */
  const kind = (onAnswer: (method: string) => void | Promise<void> = () => undefined) =>
    oidcClientKind.rotation({
      ...{ service: 'portal', ...address, fleet: createFleet([portal]), nonProduction: true },
      ...{ validationMs: 50, deadlineMs: 20_000, pollMs: 50 },
      provider: keycloakProvider({
        ...{ url: server.url, realm: realm.name, clientId: client.clientId },
        manager: { clientId: manager.clientId, secret: Secret.of(manager.clientSecret, 'manager') },
        fetch: async (input, init) => {
          const response = await fetch(input, init)
          await onAnswer(init?.method ?? 'GET')
          return response
        },
      }),
    })
  const accepts = acceptsAt(address)
  const read = () => store.read(SECRET)
  const options = { store, journal: createMemoryJournal() }
  const logins = () => startLogins(portal, form)
  return { kind, accepts, read, options, logins }
}

const REALMS = [
  ['with the policy secret-rotation', { twoSecretsForSeconds: 3_600 }],
  ['without it', {}],
] as const

describe.runIf(keycloak.found)('Keycloak', { timeout: 90_000 }, () => {
  beforeAll(async () => {
    server = await openKeycloak({ program: keycloak.path })
  }, 340_000)
  afterAll(() => server.close())

  describe.each(REALMS)('a realm %s', (_name, policy) => {
    it('gets a new secret five times while people log in, and no login fails', async () => {
      const { kind, options, logins, read, accepts } = await setUp(policy)
      const load = logins()
      for (let round = 0; round < 5; round += 1) {
        const old = (await read()).current.value
        await rotate(kind(), options)
        const { current } = await read()
        expect(current.value.expose().startsWith(NON_PRODUCTION_PREFIX)).toBe(true)
        expect([await accepts(old), await accepts(current.value)]).toEqual([false, true])
      }
      const { count, failures } = await load.stop()
      expect(failures).toEqual([])
      expect(count).toBeGreaterThan(5)
    })

    it('R66 a rotator that is displaced before it sets the secret does not set it', async () => {
      const { kind, options, read, accepts } = await setUp(policy)
      const displaced = suspension()
      const slow = expect(rotate(kind(displaced.onAnswer), options)).rejects.toMatchObject({
        code: 'fenced',
      })
      await displaced.reached
      await rotate(kind(), { ...options, compromised: true })
      displaced.resume()
      await slow
      expect(await accepts((await read()).current.value)).toBe(true)
    })

    it('is rolled back before the new secret is promoted: Keycloak accepts the old one alone', async () => {
      const { kind, options, read, accepts } = await setUp(policy)
      const dying = rotate(kind(), { ...options, onEvent: dieAt('prove end') })
      await expect(dying).rejects.toThrow('killed')
      const { current, pending } = await read()
      await rollBack(kind(), options)
      expect([await accepts(current.value), pending && (await accepts(pending.value))]).toEqual([
        true,
        false,
      ])
    })
  })

  it('R10 any reply of Keycloak is lost: run again it converges', async () => {
    const { kind, options, read, accepts } = await setUp({ twoSecretsForSeconds: 3_600 })
    let isDone = false
    for (let lost = 1; !isDone; lost += 1) {
      let count = 0
      const losing = kind(() => {
        count += 1
        if (count === lost) throw new Error('lost')
      })
      const old = (await read()).current.value
      isDone = await rotate(losing, options).then(
        () => true,
        () => false,
      )
      if (!isDone) await rotate(kind(), options)
      expect([await accepts(old), await accepts((await read()).current.value)]).toEqual([
        false,
        true,
      ])
    }
  })

  it('holds both until the old one is revoked, and goes back even after the new one was promoted', async () => {
    const { kind, options, read, accepts } = await setUp({ twoSecretsForSeconds: 3_600 })
    const dying = rotate(kind(), { ...options, onEvent: dieAt('confirm end') })
    await expect(dying).rejects.toThrow('killed')
    const { current, previous } = await read()
    expect([await accepts(current.value), previous && (await accepts(previous.value))]).toEqual([
      true,
      true,
    ])
    await rollBack(kind(), options)
    expect((await read()).current.version).toBe(previous?.version)
    expect(await accepts(current.value)).toBe(false)
  })

  it('says in the plan that it holds both, by reading alone', async () => {
    const { kind, options } = await setUp({ twoSecretsForSeconds: 3_600 })
    const methods: string[] = []
    const admit = async () => {
      const { steps } = await planRotation(
        kind((method) => void methods.push(method)),
        options,
      )
      return steps.find(({ step }) => step === 'admit')?.what
    }
    expect(await admit()).toContain('Keycloak accepts it beside the old one')
    expect([...new Set(methods)].sort()).toEqual(['GET', 'POST'])
  })

  it('renews the secret of a client that registered itself, which accepts both for a time of its own', async () => {
    const realm = await server.createRealm({ twoSecretsForSeconds: 5 })
    const port = await openPort()
    const client = await realm.registerClient([`${port.url}/callback`])
    const { clientId, registrationUri } = client
    const store = createMemoryStore({
      [SECRET]: client.clientSecret,
      [TOKEN]: client.registrationToken,
    })
    const address = { issuer: realm.issuer, clientId }
    const portal = await openPortal(port, { ...address, source: store, environment: 'production' })
    const kind = oidcClientKind.rotation({
      ...{ service: 'portal', ...address, fleet: createFleet([portal]), nonProduction: false },
      ...{ validationMs: 50, deadlineMs: 20_000, pollMs: 50 },
      provider: registrationProvider({
        registrationUri,
        token: storedRegistrationToken(store, TOKEN),
      }),
    })
    const load = startLogins(portal, realm.loginForm('bob'))
    const old = (await store.read(SECRET)).current.value
    await rotate(kind, { store, journal: createMemoryJournal() })
    expect((await load.stop()).failures).toEqual([])
    expect(await acceptsAt(address)(old)).toBe(false)
  })
})
