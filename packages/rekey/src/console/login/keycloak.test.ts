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
import { family } from '../../../test/console/readings.support.ts'
import { buildPage, ROLES } from '../../../test/console/login/guarded-console.support.ts'
import { openOperatorLogin, parseLoginSettings } from './index.ts'
import { createOrigin, type Origin } from '../../../test/console/login/origin.support.ts'

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
    const read = () => Promise.resolve(family([]))
    const orders = { rotate: () => Promise.resolve('v2'), refused: () => Promise.resolve() }
    const served = await openConsole({ read, login, port, orders })
    onTestFinished(async () => {
      await served.close()
      await login[Symbol.asyncDispose]()
    })
    const signIn = async (person: string, origin = createOrigin(here), order = {}) => {
      const browser = createBrowser({ timeoutMs: 60_000 })
      const begun = await origin.ask('POST', '/login', order)
      const { url, attempt } = (await begun.json()) as Record<'url' | 'attempt', string>
      const page = await browser.submitForm(await browser.get(url), realm.loginForm(person))
      expect(page.url.pathname).toBe('/callback')
      const finished = await origin.finish(page.url.search, attempt)
      return { browser, origin, finished, session: await origin.ask('GET', '/session') }
    }
    const alice = await signIn('alice')
    expect(await alice.session.json()).toEqual({ name: 'alice', role: 'operator', mayRotate: true })
    const order = { title: 'database shop', confirmed: 'database shop' }
    const anew = await signIn('alice', alice.origin, order)
    expect(await anew.finished.json()).toEqual({ title: 'database shop' })
    await signOut(alice.browser, alice.origin)
    const bob = await signIn('bob')
    expect(bob.session.status).toBe(403)
    expect(await bob.session.json()).toMatchObject({ name: 'bob' })
  })
})

/** Signs out as a page does, and confirms it at the provider. */
async function signOut(browser: Browser, origin: Origin): Promise<void> {
  const left = await origin.ask('POST', '/logout')
  const { url, state } = (await left.json()) as Record<'url' | 'state', string>
  const back = await browser.submitForm(await browser.get(url), { confirmLogout: 'Logout' })
  expect(back.url.pathname).toBe('/signed-out')
  expect(back.url.searchParams.get('state')).toBe(state)
}
