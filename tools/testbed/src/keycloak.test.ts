import { randomBytes } from 'node:crypto'
import { access } from 'node:fs/promises'
import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBrowser, findForTest, type Keycloak, openKeycloak } from './index.ts'

const CALLBACK = 'http://127.0.0.1:1/callback'
const keycloak = await findForTest('keycloak')

/** Stops where the provider sends the browser back to the application, which is not running here. */
const stopAtCallback: typeof fetch = (input, init) =>
  input instanceof URL && input.href.startsWith(CALLBACK)
    ? Promise.resolve(new Response('the application'))
    : fetch(input, init)

function discover(issuer: string, clientId: string, secret: string) {
  const authentication = client.ClientSecretBasic(secret)
  return client.discovery(new URL(issuer), clientId, undefined, authentication, {
    execute: [client.allowInsecureRequests],
  })
}

describe.runIf(keycloak.found)('a Keycloak server', { timeout: 60_000 }, () => {
  let server: Keycloak
  beforeAll(async () => {
    server = await openKeycloak({ program: keycloak.path })
  }, 340_000)
  afterAll(() => server[Symbol.asyncDispose]())

  it('carries a login from the form to an ID token, also of a client that registered itself', async () => {
    const clientSecret = randomBytes(32).toString('base64url')
    const own = { clientId: 'frontend', clientSecret, redirectUris: [CALLBACK] }
    const realm = await server.createRealm({ clients: [own] })
    for (const { clientId, clientSecret } of [own, await realm.registerClient([CALLBACK])]) {
      const config = await discover(realm.issuer, clientId, clientSecret)
      const state = client.randomState()
      const parameters = { redirect_uri: CALLBACK, scope: 'openid email', state }
      const browser = createBrowser({ fetch: stopAtCallback })
      const form = await browser.get(client.buildAuthorizationUrl(config, parameters))
      const { url } = await browser.submitForm(form, realm.loginForm('alice'))
      const tokens = await client.authorizationCodeGrant(config, url, { expectedState: state })
      expect(tokens.claims()).toMatchObject({ email: 'alice@example.test' })
    }
  })

  it('is gone when closed, which can be done twice', async () => {
    await server.close()
    await server.close()
    await expect(fetch(server.url)).rejects.toThrow()
    await expect(access(`/proc/${String(server.pid)}`)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
