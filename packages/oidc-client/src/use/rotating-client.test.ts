import { randomBytes } from 'node:crypto'
import { createFakeClock, Secret, type SecretVersion, type StagedSecret } from '@rekey/secret'
import { createLiveSecret, type Stage } from '@rekey/secret/internal'
import { createBrowser, openIdentityProvider } from '@rekey/testbed'
import * as client from 'openid-client'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { createRotatingClient, type RotatingClientOptions } from '../index.ts'

const clientId = 'frontend'
const CALLBACK = 'http://127.0.0.1:1/callback'
let provider: Awaited<ReturnType<typeof openIdentityProvider>>

const fresh = () => randomBytes(32).toString('base64url')

beforeAll(async () => {
  const clients = [{ clientId, clientSecret: fresh(), redirectUris: [CALLBACK] }]
  provider = await openIdentityProvider({ clients })
})
afterAll(() => provider[Symbol.asyncDispose]())

/** Versions are named for their values, so that a value keeps its name from stage to stage. */
function versionOf(value: string, stage: Stage): SecretVersion {
  const name = 'OIDC_CLIENT_SECRET_FRONTEND'
  return { name, version: value.slice(0, 6), stage, value: Secret.of(value, name), sensitive: [] }
}

function staged(
  current: string,
  others: { pending?: string; previous?: string } = {},
): StagedSecret {
  const { pending, previous } = others
  return {
    name: 'OIDC_CLIENT_SECRET_FRONTEND',
    revision: fresh(),
    current: versionOf(current, 'current'),
    ...(pending !== undefined && { pending: versionOf(pending, 'pending') }),
    ...(previous !== undefined && { previous: versionOf(previous, 'previous') }),
  }
}

function open(
  initial: StagedSecret,
  { refresh, clock }: { refresh?: () => StagedSecret } & Pick<RotatingClientOptions, 'clock'> = {},
) {
  const live = createLiveSecret(initial, {
    refresh: () => {
      if (refresh !== undefined) live.update(refresh())
      return Promise.resolve()
    },
  })
  const rotating = createRotatingClient({
    ...{ issuer: provider.issuer, clientId, secret: live },
    ...(clock && { clock }),
  })
  onTestFinished(() => {
    rotating.close()
  })
  return { live, rotating }
}

/** Stops where the provider sends the browser back to the application, which is not running here. */
const stopAtCallback: typeof fetch = (input, init) =>
  input instanceof URL && input.href.startsWith(CALLBACK)
    ? Promise.resolve(new Response('the application'))
    : fetch(input, init)

/** A person who has come back from the provider with a code; what is left is to redeem it, once. */
async function comeBack({ rotating }: ReturnType<typeof open>) {
  const configuration = await rotating.configuration()
  const [expectedState, pkceCodeVerifier] = [client.randomState(), client.randomPKCECodeVerifier()]
  const start = client.buildAuthorizationUrl(configuration, {
    redirect_uri: CALLBACK,
    scope: 'openid',
    state: expectedState,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  const browser = createBrowser({ fetch: stopAtCallback })
  const { url } = await browser.submitForm(await browser.get(start), { login: 'alice' })
  let requests = 0
  const redeem = () =>
    rotating.authenticated((used) => {
      requests += 1
      return client.authorizationCodeGrant(used, url, { expectedState, pkceCodeVerifier })
    })
  return { redeem, requests: () => requests }
}

const used = ({ live }: ReturnType<typeof open>) =>
  live.usage.report().versions.map(({ version, uses }) => [version, uses])

it.each(['pending', 'previous'] as const)(
  'redeems the same code with the %s secret when the provider refuses the current one',
  async (stage) => {
    const [current, other] = [fresh(), fresh()]
    await provider.setClientSecret(clientId, other)
    const fixture = open(staged(current, { [stage]: other }))
    const { redeem, requests } = await comeBack(fixture)
    expect((await redeem()).claims()).toMatchObject({ sub: 'alice' })
    expect(requests()).toBe(2)
    expect(used(fixture)).toEqual([
      [current.slice(0, 6), 1],
      [other.slice(0, 6), 1],
    ])
    expect(fixture.live.usage.report()).toMatchObject({
      failures: 1,
      holding: { 'oidc-client': [other.slice(0, 6)] },
    })
  },
)

it('uses the current secret alone while the provider accepts it', async () => {
  const current = fresh()
  await provider.setClientSecret(clientId, current)
  const fixture = open(staged(current, { pending: fresh() }))
  const { redeem } = await comeBack(fixture)
  await redeem()
  expect(used(fixture)).toEqual([[current.slice(0, 6), 1]])
})

it('waits for the source when the provider has a secret that nobody knows yet', async () => {
  const [current, next] = [fresh(), fresh()]
  await provider.setClientSecret(clientId, next)
  let reads = 0
  const later = () => {
    reads += 1
    return reads < 2 ? staged(current) : staged(current, { pending: next })
  }
  const { redeem } = await comeBack(open(staged(current), { refresh: later }))
  expect((await redeem()).claims()).toMatchObject({ sub: 'alice' })
})

it('goes back to the current secret when the provider does', async () => {
  const [current, pending] = [fresh(), fresh()]
  await provider.setClientSecret(clientId, fresh())
  const fixture = open(staged(current, { pending }))
  const { redeem, requests } = await comeBack(fixture)
  const redeeming = redeem()
  while (requests() < 2) await new Promise((resolve) => setImmediate(resolve))
  await provider.setClientSecret(clientId, current)
  await expect(redeeming).resolves.toBeDefined()
})

it('gives up after 7 rounds, with what the provider said', async () => {
  const clock = createFakeClock()
  await provider.setClientSecret(clientId, fresh())
  const { redeem, requests } = await comeBack(open(staged(fresh()), { clock }))
  const over = new AbortController()
  const redeeming = redeem().finally(() => {
    over.abort()
  })
  const giving = expect(redeeming).rejects.toMatchObject({ status: 401 })
  while (!over.signal.aborted) await clock.advance(100)
  await giving
  expect(requests()).toBe(7)
})

it('does not repeat a request that failed for another reason', async () => {
  const current = fresh()
  await provider.setClientSecret(clientId, current)
  const fixture = open(staged(current, { pending: fresh() }))
  const { redeem, requests } = await comeBack(fixture)
  await redeem()
  await expect(redeem()).rejects.toMatchObject({ error: 'invalid_grant' })
  expect(requests()).toBe(2)
})

it('tries a new current secret by itself, and then says that it holds it', async () => {
  const [current, next] = [fresh(), fresh()]
  await provider.setClientSecret(clientId, next, current)
  const fixture = open(staged(current))
  fixture.live.update(staged(next, { previous: current }))
  await expect
    .poll(() => fixture.live.usage.report().holding)
    .toEqual({ 'oidc-client': [next.slice(0, 6)] })
})

it('does not say that it holds a new secret that the provider refuses', async () => {
  const [current, next] = [fresh(), fresh()]
  await provider.setClientSecret(clientId, current)
  const fixture = open(staged(current))
  fixture.live.update(staged(next, { previous: current }))
  await expect.poll(() => fixture.live.usage.report().failures).toBeGreaterThan(0)
  expect(fixture.live.usage.report().holding).toEqual({ 'oidc-client': [current.slice(0, 6)] })
})
