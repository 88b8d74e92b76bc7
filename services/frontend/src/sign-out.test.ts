import { type Browser, createBrowser, logIn } from '@rekey/testbed'
import { expect, it } from 'vitest'
import { database, openPortal, type PortalOptions, send } from '../test/frontend.support.ts'

const STILL_KNOWN = 'may still know this browser'
const CAME_BACK = 'has sent you back from its own'

/** A portal, and a browser that is signed in to it. */
async function open(options: PortalOptions = {}) {
  const portal = await openPortal(options)
  const { url } = portal
  // What a page of the portal sends.
  const own: typeof fetch = (input, init) =>
    fetch(input, { ...init, headers: { ...(init?.headers as object), origin: url } })
  const browser = createBrowser({ fetch: own })
  const { page } = await logIn({ startUrl: `${url}/login`, account: 'alice', browser })
  return { ...portal, browser, signOut: () => browser.submitForm(page, {}) }
}

/** Where the page of a sign-out leads by itself. */
async function leadOf(url: string, browser: Browser): Promise<string> {
  const response = await send(`${url}/logout`, browser)
  return response.headers.get('refresh')?.replace('0; url=', '') ?? ''
}

const isKnownAt = async (url: string, browser: Browser) =>
  (await browser.get(`${url}/login`)).url.origin === new URL(url).origin

it('ends the session, has the person confirm at the provider, and shows that they are signed out there too', async () => {
  const { url, issuer, browser, signOut } = await open()
  const leaving = await signOut()
  expect(leaving.body).toContain('You are signed out of this portal')
  expect((await database.query('select from session')).rows).toEqual([])
  const [, lead = ''] = /href="([^"]*session\/end[^"]*)"/.exec(leaving.body) ?? []
  const address = new URL(lead.replaceAll('&amp;', '&'))
  expect(address.origin).toBe(issuer)
  expect([...address.searchParams.keys()].sort()).toEqual([
    ...['client_id', 'post_logout_redirect_uri', 'state'],
  ])
  const confirmation = await browser.get(address)
  const back = await browser.submitForm(confirmation, { logout: 'yes' })
  expect(back.url.origin).toBe(new URL(url).origin)
  expect(back.body).toContain(CAME_BACK)
  expect(await isKnownAt(url, browser)).toBe(false)
})

it('leads a browser to the provider by the page as by a header, so that no script is needed', async () => {
  const { url, issuer, browser } = await open()
  expect(new URL(await leadOf(url, browser)).origin).toBe(issuer)
})

it('ends the session where the provider offers no sign-out, and shows that it may know the browser', async () => {
  const { url, browser, signOut } = await open({ hasSignOut: false })
  const page = await signOut()
  expect(page.url.pathname).toBe('/signed-out')
  expect(page.body).toContain(STILL_KNOWN)
  expect((await database.query('select from session')).rows).toEqual([])
  expect(await isKnownAt(url, browser)).toBe(true)
})

it('ends the session while the provider is away, logs that without the state, and shows that it may know the browser', async () => {
  const { signOut, endProvider, log } = await open()
  await endProvider()
  const page = await signOut()
  expect(page.url.search).toBe('')
  expect(page.body).toContain(STILL_KNOWN)
  expect((await database.query('select from session')).rows).toEqual([])
  expect(log()).toContain('"event":"no-sign-out","code":"unreachable"')
})

it('takes no return for one from the provider that has another state, none, two, or one of another browser', async () => {
  const { url, browser } = await open()
  const state = new URL(await leadOf(url, browser)).searchParams.get('state') ?? ''
  expect(state.length).toBeGreaterThan(40)
  const kept = browser.cookieHeader(url)
  const visit = async (query: string, cookie: string) =>
    (await fetch(`${url}/signed-out${query}`, { headers: { cookie } })).text()
  const mine = `${kept}; __Host-sign-out=${state}`
  for (const query of ['', '?state=', '?state=forged', `?state=${state}&state=${state}`]) {
    expect(await visit(query, mine), query).toContain(STILL_KNOWN)
  }
  expect(await visit(`?state=${state}`, kept)).toContain(STILL_KNOWN)
  expect(await visit(`?state=${state}`, mine)).toContain(CAME_BACK)
})

it('shows a person who is signed in no page that they are signed out', async () => {
  const { url, browser } = await open()
  const page = await browser.get(`${url}/signed-out`)
  expect(page.url.pathname).toBe('/')
  expect(page.body).toContain('New VPN profile')
})

it('writes neither the state nor the address of the sign-out to the log', async () => {
  const { url, browser, log } = await open()
  const state = new URL(await leadOf(url, browser)).searchParams.get('state') ?? ''
  await browser.get(`${url}/signed-out?state=${state}`)
  expect(log()).toContain('"path":"/signed-out"')
  expect(log()).not.toContain(state)
})
