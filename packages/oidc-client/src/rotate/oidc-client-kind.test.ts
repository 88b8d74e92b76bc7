import {
  createFleet,
  createMemoryJournal,
  planRotation,
  rollBack,
  rotate,
} from '@rekey/rekey/engine'
import { Secret, SecretError } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { STEPS } from '@rekey/secret/internal/kind'
import { lateBy, openIdentityProvider, throttled } from '@rekey/testbed'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  manualProvider,
  type ClientSecretProvider,
  oidcClientKind,
  type OidcClientKindOptions,
} from './index.ts'
import {
  acceptsAt,
  dieAt,
  newSecret,
  openPort,
  openPortal,
  SECRET,
  startLogins,
} from '../../test/rotate/oidc-client-kind.support.ts'

const CLIENT_ID = 'portal'

/** A provider with one client, a replica that logs people in by it, and a rotation of its secret. */
async function setUp(lagMs?: number) {
  const port = await openPort()
  const clientSecret = newSecret()
  const redirectUris = [`${port.url}/callback`]
  const idp = await openIdentityProvider({
    clients: [{ clientId: CLIENT_ID, clientSecret, redirectUris }],
  })
  onTestFinished(() => idp[Symbol.asyncDispose]())
  const store = createMemoryStore({ [SECRET]: clientSecret })
  const address = { issuer: idp.issuer, clientId: CLIENT_ID }
  const source = lagMs === undefined ? store : lateBy(store, lagMs)
  const portal = await openPortal(port, { ...address, source })
  const kind = (provider: ClientSecretProvider, more: Partial<OidcClientKindOptions> = {}) =>
    oidcClientKind.rotation({
      ...{
        service: 'portal',
        ...address,
        provider,
        fleet: createFleet([portal]),
        nonProduction: true,
      },
      ...{ validationMs: 50, deadlineMs: 10_000, pollMs: 20, ...more },
    })
  const accepts = acceptsAt(address)
  const read = () => store.read(SECRET)
  return {
    idp,
    store,
    portal,
    kind,
    accepts,
    read,
    options: { store, journal: createMemoryJournal() },
  }
}

type Fixture = Awaited<ReturnType<typeof setUp>>

/** A provider that takes our secret: in place of the old one, or beside it. */
function takingOurs({ idp }: Fixture, holdsTwo: boolean): ClientSecretProvider {
  let latest = ''
  return {
    name: 'the test provider',
    slots: holdsTwo ? 'two-secrets' : 'one',
    plan: () => Promise.resolve({ generate: 'ours', admit: 'it is told', revoke: 'it forgets' }),
    async accept({ current, next }) {
      latest = next.expose()
      await idp.setClientSecret(CLIENT_ID, latest, ...(holdsTwo ? [current.expose()] : []))
    },
    withdraw: ({ current }) => idp.setClientSecret(CLIENT_ID, current.expose()),
    retire: () => (holdsTwo ? idp.setClientSecret(CLIENT_ID, latest) : Promise.resolve()),
  }
}

/** An operator who has made `secret` at the provider, and pastes `pasted`. */
const operator = (pasted: string) =>
  manualProvider({ ask: () => Promise.resolve(Secret.of(`${pasted}\n`, 'pasted')) })

describe.each([
  ['that holds two secrets', true],
  ['that holds one secret', false],
])('at a provider %s', (_name, holdsTwo) => {
  it('replaces the secret five times while people log in, and no login fails', async () => {
    const fixture = await setUp()
    const { portal, kind, options, read, accepts } = fixture
    const provider = takingOurs(fixture, holdsTwo)
    const logins = startLogins(portal)
    const seen = new Set<string>()
    for (let round = 0; round < 5; round += 1) {
      const { current } = await read()
      seen.add(current.value.expose())
      await rotate(kind(provider), options)
      expect(await accepts(current.value)).toBe(false)
    }
    const { count, failures } = await logins.stop()
    expect(failures).toEqual([])
    expect(count).toBeGreaterThan(5)
    expect(seen.size).toBe(5)
    expect(await accepts((await read()).current.value)).toBe(true)
  })

  it.each(['stage end', 'admit begin', 'admit end', 'prove end'])(
    'is rolled back after %s: the provider accepts the old secret alone',
    async (point) => {
      const fixture = await setUp()
      const { kind, options, read, accepts } = fixture
      const provider = takingOurs(fixture, holdsTwo)
      const dying = rotate(kind(provider), { ...options, onEvent: dieAt(point) })
      await expect(dying).rejects.toThrow('killed')
      const { current, pending } = await read()
      await rollBack(kind(provider), options)
      expect((await read()).pending).toBeUndefined()
      expect(await accepts(current.value)).toBe(true)
      expect(pending && (await accepts(pending.value))).toBe(false)
    },
  )
})

it('R63 a store that throttles two of five calls ends no rotation at a provider that holds one secret', async () => {
  const fixture = await setUp()
  const { kind, options, read, accepts } = fixture
  const refusal = () => new SecretError('unreachable', 'too many requests')
  const { target, begin, refused } = throttled(options.store, refusal)
  const old = (await read()).current.value
  const provider = takingOurs(fixture, false)
  await rotate(kind(provider), { ...options, store: target, onEvent: begin })
  expect([refused() > 0, await accepts((await read()).current.value)]).toEqual([true, true])
  expect(await accepts(old)).toBe(false)
})

it('R39 rolls back while the replica sees the store late: the new secret is accepted until the replica has left it, and no login fails', async () => {
  const lagMs = 400
  const fixture = await setUp(lagMs)
  const { kind, options, portal, read, accepts } = fixture
  const provider = takingOurs(fixture, true)
  const logins = startLogins(portal)
  const dying = rotate(kind(provider), { ...options, onEvent: dieAt('confirm end') })
  await expect(dying).rejects.toThrow('killed')
  const left = (await read()).current.value
  const begun = performance.now()
  await rollBack(kind(provider), options)
  expect(performance.now() - begun).toBeGreaterThan(0.9 * lagMs)
  expect([await accepts(left), await accepts((await read()).current.value)]).toEqual([false, true])
  expect((await logins.stop()).failures).toEqual([])
})

it('R4 a rotator that died at any step: run again it converges, and no login fails in between', async () => {
  const fixture = await setUp()
  const { kind, options, portal, read, accepts } = fixture
  const provider = takingOurs(fixture, false)
  const logins = startLogins(portal)
  for (const point of [...STEPS, 'confirm-revoked'].flatMap((step) => [
    `${step} begin`,
    `${step} end`,
  ])) {
    const before = (await read()).current.value
    const dying = rotate(kind(provider), { ...options, onEvent: dieAt(point) })
    await expect(dying, point).rejects.toThrow('killed')
    await rotate(kind(provider), options)
    const { current, pending, previous } = await read()
    expect([pending, previous], point).toEqual([undefined, undefined])
    expect([await accepts(before), await accepts(current.value)], point).toEqual([false, true])
  }
  expect((await logins.stop()).failures).toEqual([])
}, 60_000)

it('R15 a wrong secret was pasted: it is refused before anybody uses it, and logins never notice', async () => {
  const { kind, options, portal, read, accepts } = await setUp()
  const { current } = await read()
  const logins = startLogins(portal)
  const failure = { code: 'rolled-back', step: 'prove', reason: 'rejected' }
  const pasting = rotate(kind(operator(newSecret())), options)
  await expect(pasting).rejects.toMatchObject(failure)
  expect((await logins.stop()).failures).toEqual([])
  expect(await read()).toMatchObject({ current: { version: current.version } })
  expect((await read()).pending).toBeUndefined()
  expect(await accepts(current.value)).toBe(true)
})

it('takes a pasted secret, without the line break, and waits until the operator has ended the old one', async () => {
  const { idp, kind, options, read, accepts } = await setUp()
  const { current: old } = await read()
  const made = newSecret()
  await idp.setClientSecret(CLIENT_ID, made, old.value.expose())
  const impatient = kind(operator(made), { deadlineMs: 300 })
  const failure = {
    code: 'stopped',
    step: 'revoke',
    message: expect.stringContaining('still accepts the old secret: remove it there') as string,
  }
  await expect(rotate(impatient, options)).rejects.toMatchObject(failure)
  await idp.setClientSecret(CLIENT_ID, made)
  await rotate(kind(operator(made)), options)
  expect((await read()).current.value.expose()).toBe(made)
  expect(await accepts(old.value)).toBe(false)
})

it.each([
  ['the secret in use', (old: string) => old, 'refused'],
  ['one that is too short', () => 'dev-short', 'malformed'],
  ['one without the mark of development', () => newSecret().slice(4), 'refused'],
])('does not store %s when it is pasted', async (_name, pastedFor, reason) => {
  const { kind, options, read } = await setUp()
  const before = await read()
  const pasted = pastedFor(before.current.value.expose())
  const failure = { step: 'generate', reason }
  await expect(rotate(kind(operator(pasted)), options)).rejects.toMatchObject(failure)
  expect((await read()).revision).toBe(before.revision)
})

it('asks no provider for a secret that could not bear the mark of development', async () => {
  const { kind, options } = await setUp()
  let asked = 0
  const provider = { ...operator(newSecret()), choosesMarked: false }
  const choose = () => Promise.resolve(Secret.of(newSecret(), String((asked += 1))))
  const failure = { step: 'generate', reason: 'refused' }
  await expect(rotate(kind({ ...provider, choose }), options)).rejects.toMatchObject(failure)
  expect(asked).toBe(0)
})

it('does not throw the new secret away when it is the only one that the provider accepts', async () => {
  const { idp, kind, options, read } = await setUp()
  const made = newSecret()
  await idp.setClientSecret(CLIENT_ID, made)
  const dying = rotate(kind(operator(made)), { ...options, onEvent: dieAt('prove end') })
  await expect(dying).rejects.toThrow('killed')
  const failure = {
    code: 'stopped',
    step: 'abort',
    message: expect.stringContaining('accepts only the new secret') as string,
  }
  await expect(rollBack(kind(operator(made)), options)).rejects.toMatchObject(failure)
  expect((await read()).pending?.value.expose()).toBe(made)
})

it('does not tell the provider before every replica has the new secret', async () => {
  const fixture = await setUp()
  const { kind, options, portal, read, accepts } = fixture
  const { current } = await read()
  const deaf = await setUp()
  const fleet = [portal, deaf.portal]
  const impatient = kind(takingOurs(fixture, false), { fleet: createFleet(fleet), deadlineMs: 200 })
  const named = expect.stringContaining(deaf.portal.healthUrl) as string
  const failure = { code: 'stopped', step: 'admit', message: named }
  await expect(rotate(impatient, options)).rejects.toMatchObject(failure)
  expect(await accepts(current.value)).toBe(true)
})

it('needs nobody to log in: replicas try the new secret by themselves', async () => {
  const fixture = await setUp()
  const { kind, options, portal } = fixture
  const { version } = await rotate(kind(takingOurs(fixture, true)), options)
  const report = (await (await fetch(`${portal.healthUrl}/health/secrets`)).json()) as {
    secrets: { usage: { holding: unknown } }[]
  }
  expect(report.secrets[0]?.usage.holding).toEqual({ 'oidc-client': [version] })
})

it('gives a leaked secret no grace', async () => {
  const fixture = await setUp()
  const { kind, options, read, accepts } = fixture
  const { current: leaked } = await read()
  const steps: string[] = []
  await rotate(kind(takingOurs(fixture, true), { validationMs: 60_000 }), {
    ...options,
    compromised: true,
    onEvent: ({ step, phase }) => {
      if (phase === 'end') steps.push(step)
    },
  })
  expect(steps).not.toContain('confirm')
  expect(await accepts(leaked.value)).toBe(false)
})

it('plans without changing anything', async () => {
  const fixture = await setUp()
  const { kind, options, read } = fixture
  const before = await read()
  const { steps } = await planRotation(kind(takingOurs(fixture, false)), options)
  expect(steps.map(({ what }) => what)).toEqual([
    'ours',
    'the store keeps it as pending',
    expect.stringMatching(
      /it is told; the identity provider holds one secret: logins may fail for at most \d+ s; 1 of 1/,
    ),
    'the identity provider is asked whether it accepts the new one',
    'the new secret becomes current, the old one previous',
    'every replica uses the new one, and none the old one for 50 ms',
    'it forgets, and the identity provider is asked until it refuses it',
  ])
  expect((await read()).revision).toBe(before.revision)
})
