import { randomBytes } from 'node:crypto'
import { createLiveSecret, type Stage } from '@rekey/secret/internal'
import { Secret, type SecretVersion } from '@rekey/secret'
import { createBrowser, openIdentityProvider } from '@rekey/testbed'
import { expect, it, onTestFinished } from 'vitest'
import { OidcLogin } from './oidc-login.ts'

const NAME = 'OIDC_CLIENT_SECRET_FRONTEND'
const redirectUri = 'http://127.0.0.1:1/callback'
const signedOutUri = 'http://127.0.0.1:1/signed-out'
const fresh = () => randomBytes(32).toString('base64url')

/** A login, its provider, and a live secret of which the provider knows `current`. */
async function setUp(fetch?: typeof globalThis.fetch) {
  const [current, next] = [fresh(), fresh()]
  const provider = await openIdentityProvider({
    clients: [{ clientId: 'frontend', clientSecret: current, redirectUris: [redirectUri] }],
  })
  const version = (value: string, stage: Stage): SecretVersion => {
    const secret = Secret.of(value, NAME)
    return { name: NAME, version: value.slice(0, 6), stage, value: secret, sensitive: [] }
  }
  const secret = createLiveSecret({
    name: NAME,
    revision: '1',
    current: version(current, 'current'),
    pending: version(next, 'pending'),
  })
  const promote = () => {
    const [now, before] = [version(next, 'current'), version(current, 'previous')]
    secret.update({ name: NAME, revision: '2', current: now, previous: before })
  }
  const { issuer } = provider
  const uris = { redirectUri, signedOutUri }
  const oidc = new OidcLogin({
    ...{ issuer, clientId: 'frontend', ...uris, secret },
    ...(fetch && { fetch }),
  })
  onTestFinished(async () => {
    oidc.close()
    await provider[Symbol.asyncDispose]()
  })
  const cutOver = () => provider.setClientSecret('frontend', next)
  return { oidc, secret, cutOver, promote, issuer }
}

const stopAtCallback: typeof fetch = (input, init) =>
  input instanceof URL && input.href.startsWith(redirectUri)
    ? Promise.resolve(new Response('the application'))
    : fetch(input, init)

async function throughTheForm(url: URL): Promise<URL> {
  const browser = createBrowser({ fetch: stopAtCallback })
  return (await browser.submitForm(await browser.get(url), { login: 'alice' })).url
}

it.each([
  ['changes over', false],
  ['changes over, and the store after it', true],
])('finishes a login during which the provider %s', async (_name, isPromoted) => {
  const { oidc, cutOver, promote, issuer } = await setUp()
  const { url, attempt } = await oidc.begin()
  const callback = await throughTheForm(url)
  await cutOver()
  if (isPromoted) promote()
  const person = { issuer, subject: 'alice', email: 'alice@example.test' }
  await expect(oidc.finish(callback, attempt)).resolves.toEqual(person)
})

it('finishes a login when the store has changed over and the provider has not', async () => {
  const { oidc, promote, secret } = await setUp()
  const { url, attempt } = await oidc.begin()
  const callback = await throughTheForm(url)
  promote()
  await expect(oidc.finish(callback, attempt)).resolves.toMatchObject({ subject: 'alice' })
  expect(secret.usage.report().failures).toBeGreaterThan(0)
})

it('refuses a callback of another attempt', async () => {
  const { oidc } = await setUp()
  const { url } = await oidc.begin()
  const { attempt } = await oidc.begin()
  await expect(oidc.finish(await throughTheForm(url), attempt)).rejects.toMatchObject({
    code: 'OAUTH_INVALID_RESPONSE',
  })
})

/** Calls the provider, and changes the claims of each ID token without its key; counts how often its keys are read. */
function createThief(claims: object) {
  let reads = 0
  const call: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    const { pathname } = new URL(input instanceof Request ? input.url : input)
    if (pathname.endsWith('/jwks')) reads += 1
    if (!pathname.endsWith('/token')) return response
    const answer = (await response.json()) as { id_token?: string }
    const [head, payload = '', signature] = answer.id_token?.split('.') ?? []
    const own = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    const changed = Buffer.from(JSON.stringify({ ...own, ...claims })).toString('base64url')
    const isSame = Object.keys(claims).length === 0
    const token = [head, isSame ? payload : changed, signature].join('.')
    return Response.json({ ...answer, id_token: token })
  }
  return { call, reads: () => reads }
}

it('refuses an ID token whose signature is not of the provider', async () => {
  const { oidc } = await setUp(createThief({ email: 'boss@example.test' }).call)
  const { url, attempt } = await oidc.begin()
  await expect(oidc.finish(await throughTheForm(url), attempt)).rejects.toThrow()
})

it('reads the keys of the provider once for many logins', async () => {
  const { call, reads } = createThief({})
  const { oidc } = await setUp(call)
  for (let n = 0; n < 3; n += 1) {
    const { url, attempt } = await oidc.begin()
    await oidc.finish(await throughTheForm(url), attempt)
  }
  expect(reads()).toBe(1)
})
