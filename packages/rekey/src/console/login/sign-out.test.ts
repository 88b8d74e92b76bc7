import { randomBytes } from 'node:crypto'
import { Secret } from '@rekey/secret'
import { createBrowser, findFreePort, openIdentityProvider } from '@rekey/testbed'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { openConsole } from '../index.ts'
import { family } from '../../../test/console/readings.support.ts'
import { buildPage } from '../../../test/console/login/guarded-console.support.ts'
import { openOperatorLogin, parseLoginSettings } from './index.ts'
import { createOrigin } from '../../../test/console/login/origin.support.ts'

beforeAll(buildPage)

/** A console at a real provider, and a browser in which alice is signed in. */
async function open(hasSignOut = true) {
  const port = await findFreePort()
  const here = `http://127.0.0.1:${port}`
  const clientSecret = randomBytes(32).toString('base64url')
  const uris = { redirectUris: [`${here}/callback`], signedOutUris: [`${here}/signed-out`] }
  const clients = [{ clientId: 'console', clientSecret, ...uris }]
  const provider = await openIdentityProvider({ clients, hasSignOut })
  const { issuer } = provider
  const roles = { claim: 'sub', viewer: ['alice'], operator: [] }
  const written = { issuer, clientId: 'console', publicUrl: here, roles }
  const login = await openOperatorLogin({
    settings: parseLoginSettings(JSON.stringify(written), 'login.json'),
    clientSecret: () => Promise.resolve(Secret.of(clientSecret, 'client secret')),
  })
  const served = await openConsole({ read: () => Promise.resolve(family([])), login, port })
  onTestFinished(async () => {
    await served.close()
    await login[Symbol.asyncDispose]()
    await provider[Symbol.asyncDispose]()
  })
  const browser = createBrowser({ timeoutMs: 60_000 })
  const origin = createOrigin(here)
  const begun = (await (await origin.ask('POST', '/login')).json()) as Record<string, string>
  const form = await browser.get(begun['url'] ?? '')
  const { url } = await browser.submitForm(form, { login: 'alice' })
  expect((await origin.finish(url.search, begun['attempt'] ?? '')).status).toBe(200)
  const signOut = async () => {
    const response = await origin.ask('POST', '/logout')
    return (await response.json()) as { readonly state: string; readonly url?: string }
  }
  const session = async () => (await origin.ask('GET', '/session')).status
  /** Where a browser is that signs in now. */
  const signInAgain = async () => {
    const next = (await (await origin.ask('POST', '/login')).json()) as Record<string, string>
    return browser.get(next['url'] ?? '')
  }
  return { here, issuer, provider, signOut, session, signInAgain, browser }
}

it('signs an operator out at the provider too, who comes back, and has to sign in there anew', async () => {
  const { here, issuer, signOut, session, signInAgain, browser } = await open()
  const { url = '', state } = await signOut()
  expect(await session()).toBe(401)
  const lead = new URL(url)
  expect(lead.origin).toBe(issuer)
  expect(lead.searchParams.has('id_token_hint')).toBe(false)
  const back = await browser.submitForm(await browser.get(lead), { logout: 'yes' })
  expect(back.url.href).toBe(`${here}/signed-out?state=${state}`)
  expect((await signInAgain()).url.origin).toBe(issuer)
})

it('ends the session where the provider offers no sign-out', async () => {
  const { signOut, session } = await open(false)
  expect(await signOut()).not.toHaveProperty('url')
  expect(await session()).toBe(401)
})

it('ends the session while the provider is away', async () => {
  const { signOut, session, provider } = await open()
  await provider[Symbol.asyncDispose]()
  expect(await signOut()).not.toHaveProperty('url')
  expect(await session()).toBe(401)
})
