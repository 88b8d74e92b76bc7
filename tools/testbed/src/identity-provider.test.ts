import { randomBytes } from 'node:crypto'
import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createBrowser,
  type IdentityProvider,
  openIdentityProvider,
  spawnIdentityProvider,
} from './index.ts'

const CLIENT_ID = 'frontend'
const CALLBACK = 'http://127.0.0.1:1/callback'
/** How openid-client tells of `invalid_client` in answer to HTTP Basic (RFC 6749 §5.2). */
const REFUSED = { status: 401, cause: [{ parameters: { error: 'invalid_client' } }] }
const newSecret = () => randomBytes(32).toString('base64url')

function discover(issuer: string, secret: string) {
  const authentication = client.ClientSecretBasic(secret)
  return client.discovery(new URL(issuer), CLIENT_ID, undefined, authentication, {
    execute: [client.allowInsecureRequests],
  })
}

/** Stops where the provider sends the browser back to the application, which is not running here. */
const stopAtCallback: typeof fetch = (input, init) =>
  input instanceof URL && input.href.startsWith(CALLBACK)
    ? Promise.resolve(new Response('the application'))
    : fetch(input, init)

async function authorize(config: client.Configuration, login: string) {
  const verifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  const start = client.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid email',
    state,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const browser = createBrowser({ fetch: stopAtCallback })
  const form = await browser.get(start)
  const page = await browser.submitForm(form, { login })
  const redeem = (pkceCodeVerifier = verifier) =>
    client.authorizationCodeGrant(config, page.url, { pkceCodeVerifier, expectedState: state })
  return { page, browser, start, redeem }
}

const kinds = {
  'in this process': openIdentityProvider,
  'in its own process': spawnIdentityProvider,
}

describe.each(Object.entries(kinds))('an identity provider %s', (_kind, open) => {
  let secret = newSecret()
  let provider: IdentityProvider
  beforeAll(async () => {
    provider = await open({
      clients: [{ clientId: CLIENT_ID, clientSecret: secret, redirectUris: [CALLBACK] }],
    })
  })
  afterAll(() => provider[Symbol.asyncDispose]())

  it('carries a login from the form to an ID token', async () => {
    const { redeem } = await authorize(await discover(provider.issuer, secret), 'alice')
    const tokens = await redeem()
    expect(tokens.claims()).toMatchObject({ sub: 'alice', email: 'alice@example.test' })
  })

  it('does not ask a browser twice', async () => {
    const { browser, start } = await authorize(await discover(provider.issuer, secret), 'bob')
    const { url } = await browser.get(start)
    expect(url.searchParams.get('code')).toBeTruthy()
  })

  it('refuses a code with another PKCE verifier', async () => {
    const { redeem } = await authorize(await discover(provider.issuer, secret), 'alice')
    const redeeming = redeem(client.randomPKCECodeVerifier())
    await expect(redeeming).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  it('refuses to begin without PKCE', async () => {
    const config = await discover(provider.issuer, secret)
    const start = client.buildAuthorizationUrl(config, { redirect_uri: CALLBACK, scope: 'openid' })
    const { url } = await createBrowser({ fetch: stopAtCallback }).get(start)
    expect(url.searchParams.get('error')).toBe('invalid_request')
  })

  it('refuses a code that was used already', async () => {
    const { redeem } = await authorize(await discover(provider.issuer, secret), 'alice')
    await redeem()
    await expect(redeem()).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  it('shows the form again to somebody it does not know', async () => {
    const { page } = await authorize(await discover(provider.issuer, secret), 'mallory')
    expect(page.status).toBe(401)
    expect(page.url.origin).toBe(provider.issuer)
  })

  it('refuses a wrong client secret', async () => {
    const { redeem } = await authorize(await discover(provider.issuer, newSecret()), 'alice')
    await expect(redeem()).rejects.toMatchObject(REFUSED)
  })

  it('takes two secrets while told to, and only the new one from then on', async () => {
    const [old, next] = [secret, newSecret()]
    const loginWith = async (used: string) =>
      (await authorize(await discover(provider.issuer, used), 'alice')).redeem()

    await provider.setClientSecret(CLIENT_ID, next, old)
    await expect(loginWith(old)).resolves.toBeDefined()
    await expect(loginWith(next)).resolves.toBeDefined()

    await provider.setClientSecret(CLIENT_ID, next)
    secret = next
    await expect(loginWith(old)).rejects.toMatchObject(REFUSED)
    await expect(loginWith(next)).resolves.toBeDefined()
  })

  it('says so when the secret of an unknown client is set', async () => {
    await expect(provider.setClientSecret('nobody', newSecret())).rejects.toThrow(
      'there is no client nobody',
    )
  })
})

it('answers a login without its cookie by saying where to begin', async () => {
  await using provider = await openIdentityProvider({ clients: [] })
  const { status, body } = await createBrowser().get(`${provider.issuer}/interaction/unknown`)
  expect(status).toBe(400)
  expect(body).toContain('start again')
})
