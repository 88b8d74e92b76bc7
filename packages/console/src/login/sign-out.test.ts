import { randomBytes } from 'node:crypto'
import { Secret } from '@rekey/secret'
import { findFreePort, openIdentityProvider } from '@rekey/testbed'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { openConsole } from '../index.ts'
import { family } from '../readings.test.support.ts'
import { browserOf, buildPage } from './guarded-console.test.support.ts'
import { openOperatorLogin, parseLoginSettings } from './index.ts'

beforeAll(buildPage)

const CAME_BACK = 'has sent you back from its own sign-out'
const STILL_KNOWN = 'may still know this browser'

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
  const browser = browserOf(here)
  const page = await browser.submitForm(await browser.get(`${here}/login`), { login: 'alice' })
  expect(page.url.href).toBe(`${here}/`)
  const signOut = () => browser.submitForm({ ...page, body: '<form action="/logout"></form>' }, {})
  const visit = (path: string) => browser.get(here + path)
  return { here, issuer, provider, signOut, visit, browser }
}

/** Where the page leads that a browser leaves by. */
function leadOf(body: string): URL {
  const [, lead = ''] = /href="([^"]*session\/end[^"]*)"/.exec(body) ?? []
  return new URL(lead.replaceAll('&amp;', '&'))
}

it('signs an operator out at the provider too, who comes back, and has to sign in there anew', async () => {
  const { here, issuer, signOut, visit, browser } = await open()
  const lead = leadOf((await signOut()).body)
  expect(lead.origin).toBe(issuer)
  expect(lead.searchParams.has('id_token_hint')).toBe(false)
  const back = await browser.submitForm(await browser.get(lead), { logout: 'yes' })
  expect(back.url.origin).toBe(here)
  expect(back.body).toContain(CAME_BACK)
  // Once: the state is used up.
  expect((await browser.get(back.url)).body).toContain(STILL_KNOWN)
  expect((await visit('/login')).url.origin).toBe(issuer)
})

it('ends the session where the provider offers no sign-out', async () => {
  const { signOut, visit } = await open(false)
  expect((await signOut()).body).toContain(STILL_KNOWN)
  expect((await visit('/')).body).toContain('href="/login"')
})

it('ends the session while the provider is away', async () => {
  const { signOut, visit, provider } = await open()
  await provider[Symbol.asyncDispose]()
  expect((await signOut()).body).toContain(STILL_KNOWN)
  expect((await visit('/')).body).toContain('href="/login"')
})

it('takes no return with a forged state for one from the provider, and shows none to a person who is signed in', async () => {
  const { signOut, visit } = await open()
  expect((await visit('/signed-out?state=')).body).toContain('<div id="console">')
  await signOut()
  for (const query of ['', '?state=', '?state=forged', '?state=a&state=b']) {
    expect((await visit(`/signed-out${query}`)).body, query).toContain(STILL_KNOWN)
  }
})
