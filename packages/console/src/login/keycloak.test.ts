import { randomBytes } from 'node:crypto'
import { Secret } from '@rekey/secret'
import {
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
    const client = { clientId: 'console', clientSecret, redirectUris: [`${here}/callback`] }
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
      return { page, session: await fetch(`${here}/session`, { headers }) }
    }
    const alice = await signIn('alice')
    expect(alice.page.url.href).toBe(`${here}/`)
    expect(await alice.session.json()).toEqual({ name: 'alice', role: 'operator' })
    const bob = await signIn('bob')
    expect(bob.page.status).toBe(403)
    expect(bob.page.body).toContain('signed in as <strong>bob</strong>')
    expect(bob.session.status).toBe(403)
  })
})
