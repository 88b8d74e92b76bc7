import { randomBytes } from 'node:crypto'
import { Secret } from '@rekey/secret'
import {
  type Browser,
  createBrowser,
  findForTest,
  findFreePort,
  type Keycloak,
  openKeycloak,
} from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openConsole } from '../index.ts'
import { family } from '../readings.test.support.ts'
import { buildPage, ROLES } from './guarded-console.test.support.ts'
import { openOperatorLogin, parseLoginSettings } from './index.ts'

const keycloak = await findForTest('keycloak')

describe.runIf(keycloak.found)('with a Keycloak server', { timeout: 120_000 }, () => {
  let server: Keycloak
  beforeAll(async () => {
    await buildPage()
    server = await openKeycloak({ program: keycloak.path })
  }, 340_000)
  afterAll(() => server[Symbol.asyncDispose]())

  it('a person of the right group is an operator, and one without a group sees which is missing', async () => {
    const port = await findFreePort()
    const here = `http://127.0.0.1:${port}`
    const clientSecret = randomBytes(32).toString('base64url')
    const uris = { redirectUris: [`${here}/callback`], signedOutUris: [`${here}/signed-out`] }
    const client = { clientId: 'console', clientSecret, ...uris }
    const realm = await server.createRealm({ clients: [client], groups: { alice: ['on-call'] } })
    const { issuer } = realm
    const written = { issuer, clientId: 'console', publicUrl: here, scope: 'openid', roles: ROLES }
    const login = await openOperatorLogin({
      settings: parseLoginSettings(JSON.stringify(written), 'login.json'),
      clientSecret: () => Promise.resolve(Secret.of(clientSecret, 'client secret')),
    })
    const served = await openConsole({ read: () => Promise.resolve(family([])), login, port })
    onTestFinished(async () => {
      await served.close()
      await login[Symbol.asyncDispose]()
    })
    const signIn = async (person: string) => {
      const browser = createBrowser({ timeoutMs: 60_000 })
      const form = await browser.get(`${here}/login`)
      const page = await browser.submitForm(form, realm.loginForm(person))
      const headers = { cookie: browser.cookieHeader(here) }
      return { browser, page, session: await fetch(`${here}/session`, { headers }) }
    }
    const alice = await signIn('alice')
    expect(alice.page.url.href).toBe(`${here}/`)
    expect(await alice.session.json()).toEqual({ name: 'alice', role: 'operator' })
    await signOut(alice.browser, here)
    expect((await alice.browser.get(`${here}/login`)).url.origin).toBe(new URL(issuer).origin)
    const bob = await signIn('bob')
    expect(bob.page.status).toBe(403)
    expect(bob.page.body).toContain('signed in as <strong>bob</strong>')
    expect(bob.session.status).toBe(403)
  })
})

/** Signs out as a browser does that follows the page, and confirms it at the provider. */
async function signOut(browser: Browser, here: string): Promise<void> {
  const headers = { cookie: browser.cookieHeader(here), 'sec-fetch-site': 'same-origin' }
  const left = await fetch(`${here}/logout`, { method: 'POST', headers, redirect: 'manual' })
  const url = left.headers.get('refresh')?.replace('0; url=', '') ?? ''
  const back = await browser.submitForm(await browser.get(url), { confirmLogout: 'Logout' })
  expect(back.url.pathname).toBe('/signed-out')
  expect(back.url.searchParams.get('state')).toBe(new URL(url).searchParams.get('state'))
}
