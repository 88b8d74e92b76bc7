import { createBrowser, logIn } from '@rekey/testbed'
import { openSealedLogin, sealLogin } from '@rekey/oidc-client'
import { expect, it } from 'vitest'
import {
  database,
  logInUntilCallback,
  newSession,
  openPortal,
  order,
  send,
} from '../test/frontend.support.ts'

const startUrl = (url: string) => new URL('/login', url)
const setCookies = (response: Response) => response.headers.getSetCookie()

it('logs a person in, shows the portal, and issues a profile in an answer that nothing may store', async () => {
  const { url } = await openPortal()
  const { browser, page } = await logIn({ startUrl: startUrl(url), account: 'alice' })
  expect(page.body).toContain('New VPN profile')
  const response = await order(url, browser)
  expect(response.status).toBe(201)
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(await response.json()).toMatchObject({
    ...{ device: 'laptop', certificate: 'a certificate of alice@example.test' },
  })
})

it.each(['/', '/login', '/callback', '/profiles', '/nothing'])(
  'lets nothing store the answer of %s',
  async (path) => {
    const { url } = await openPortal()
    const response = await fetch(url + path, { redirect: 'manual' })
    expect(response.headers.get('cache-control')).toBe('no-store')
  },
)

it('gives no session to a person whose e-mail address the provider has not verified', async () => {
  const { url } = await openPortal()
  const { browser, callback } = await logInUntilCallback(url, 'carol')
  const response = await send(callback, browser, 'GET')
  expect(response.status).toBe(403)
  expect(await response.json()).toMatchObject({
    error: expect.stringContaining('verify it there') as string,
  })
  expect(setCookies(response)).toEqual([])
  const { rows } = await database.query('select * from session')
  expect(rows).toEqual([])
})

it('answers a login that is finished a second time with 400, also when both come at once', async () => {
  const { url } = await openPortal()
  const { browser, callback } = await logInUntilCallback(url)
  const answers = await Promise.all([
    send(callback, browser, 'GET'),
    send(callback, browser, 'GET'),
  ])
  expect(answers.map(({ status }) => status).sort()).toEqual([302, 400])
  expect((await send(callback, browser, 'GET')).status).toBe(400)
})

it('answers a login that another browser began with 400, and leaves it to that browser', async () => {
  const { url } = await openPortal()
  const { browser, callback } = await logInUntilCallback(url)
  const { browser: other } = await logInUntilCallback(url, 'bob')
  expect((await send(callback, other, 'GET')).status).toBe(400)
  expect((await send(callback, createBrowser(), 'GET')).status).toBe(400)
  expect((await send(callback, browser, 'GET')).status).toBe(302)
})

it('answers a login that took more than ten minutes with 400', async () => {
  const { url, keys } = await openPortal()
  const { browser, callback } = await logInUntilCallback(url)
  const name = '__Host-login'
  const [, sealed = ''] = /__Host-login=([^;]+)/.exec(browser.cookieHeader(url)) ?? []
  const kept = JSON.parse(openSealedLogin(sealed, keys) ?? '') as { readonly begunAt: number }
  const finish = (begunAt: number) => {
    const cookie = `${name}=${sealLogin(JSON.stringify({ ...kept, begunAt }), keys[0] ?? Buffer.of())}`
    return fetch(callback, { headers: { cookie }, redirect: 'manual' })
  }
  expect((await finish(kept.begunAt - 601)).status).toBe(400)
  expect((await finish(kept.begunAt - 500)).status).toBe(302)
})

it('finishes logins and keeps sessions over a rotation of their secret, and refuses both after the overlap', async () => {
  const { url, session } = await openPortal()
  const { browser } = await logIn({ startUrl: startUrl(url), account: 'alice' })
  const [begun, late] = [await logInUntilCallback(url), await logInUntilCallback(url)]
  const unused = browser.cookieHeader(url)
  const visit = (cookie: string) => fetch(url, { headers: { cookie } })
  const isSignedIn = async (cookie: string) =>
    (await (await visit(cookie)).text()).includes('alice')
  const [{ current: previous }, { current }] = [session.snapshot, newSession('2')]
  session.update({
    ...session.snapshot,
    revision: '2',
    current,
    previous: { ...previous, stage: 'previous' },
  })

  expect((await send(begun.callback, begun.browser, 'GET')).status).toBe(302)
  const answer = await visit(unused)
  expect(await answer.text()).toContain('alice')
  const [renewed = ''] = setCookies(answer).map((text) => text.split(';', 1)[0])

  session.update({ name: session.name, revision: '3', current })
  expect(await isSignedIn(renewed)).toBe(true)
  expect(await isSignedIn(unused)).toBe(false)
  expect((await send(late.callback, late.browser, 'GET')).status).toBe(400)
})

const spoiled: Record<string, (callback: URL) => void> = {
  'without a state': ({ searchParams }) => {
    searchParams.delete('state')
  },
  'with another state': ({ searchParams }) => {
    searchParams.set('state', 'of-somebody-else')
  },
  'with two states': ({ searchParams }) => {
    searchParams.append('state', 'of-somebody-else')
  },
  'without a code': ({ searchParams }) => {
    searchParams.delete('code')
  },
  'with two codes': ({ searchParams }) => {
    searchParams.append('code', 'another')
  },
  'with a code that the provider refuses': ({ searchParams }) => {
    searchParams.set('code', 'made-up')
  },
  'with an ID token': ({ searchParams }) => {
    searchParams.set('id_token', '')
  },
  'with an ID token that is none': ({ searchParams }) => {
    searchParams.set('id_token', 'a.b.c')
  },
  'with an access token': ({ searchParams }) => {
    searchParams.set('access_token', 'made-up')
  },
  'with a response in a token': ({ searchParams }) => {
    searchParams.set('response', 'a.b.c')
  },
  'with an error of the provider': ({ searchParams }) => {
    searchParams.delete('code')
    searchParams.set('error', 'access_denied')
  },
  'of another provider': ({ searchParams }) => {
    searchParams.set('iss', 'https://elsewhere.example.com')
  },
}

it.each(Object.entries(spoiled))('answers a callback %s with 400', async (_, spoil) => {
  const { url, log } = await openPortal()
  const { browser, callback } = await logInUntilCallback(url)
  spoil(callback)
  const response = await send(callback, browser, 'GET')
  expect({ status: response.status, log: log() }).toMatchObject({ status: 400 })
  expect(setCookies(response).join()).not.toContain('session')
})

it('answers a callback with 500 when it is the client that the provider refuses', async () => {
  const { url, app } = await openPortal({ refusesClient: true })
  const { browser, callback } = await logInUntilCallback(url)
  expect((await send(callback, browser, 'GET')).status).toBe(500)
  expect(app.server.listening).toBe(true)
}, 30_000)

it('writes no code, state, cookie or session id to the log', async () => {
  const { url, log } = await openPortal()
  const { browser, callback } = await logInUntilCallback(url)
  const cookies = [browser.cookieHeader(url)]
  const finished = await send(callback, browser, 'GET')
  cookies.push(...setCookies(finished))
  const replayed = new URL(`/callback/${callback.search}`, url)
  await send(callback, browser, 'GET')
  await send(replayed, browser, 'GET')
  const values = cookies
    .map((text) => /=([^;]+)/.exec(text)?.[1] ?? '')
    .filter((text) => text !== '')
  const secrets = [...callback.searchParams.values(), ...values].filter((text) => text.length > 8)
  expect(secrets.length).toBeGreaterThan(3)
  expect(log()).toContain('"path":"/callback"')
  for (const secret of secrets.filter((text) => !text.startsWith('http'))) {
    expect(log().includes(secret)).toBe(false)
  }
})

it('ends a session on logout, for whoever kept its cookie too', async () => {
  const { url } = await openPortal()
  const { browser } = await logIn({ startUrl: startUrl(url), account: 'alice' })
  expect((await order(url, browser)).status).toBe(201)
  const response = await send(`${url}/logout`, browser)
  expect(setCookies(response)[0]).toMatch(
    /^__Host-session=;.*(?:Max-Age=0|Expires=Thu, 01 Jan 1970)/,
  )
  expect((await order(url, browser)).status).toBe(401)
})

it('ends a session that is not used for an hour, and not one that is', async () => {
  const { url } = await openPortal()
  const { browser } = await logIn({ startUrl: startUrl(url), account: 'alice' })
  const pass = (minutes: number) =>
    database.query("update session set used_at = used_at - $1 * interval '1 minute'", [minutes])
  const isIn = async () => (await (await send(url, browser, 'GET')).text()).includes('New VPN')
  for (const minutes of [59, 59]) {
    await pass(minutes)
    expect(await isIn()).toBe(true)
  }
  await pass(60)
  expect(await isIn()).toBe(false)
  expect((await order(url, browser)).status).toBe(401)
})

it('ends a session eight hours after the login, however much it is used', async () => {
  const { url } = await openPortal()
  const { browser } = await logIn({ startUrl: startUrl(url), account: 'alice' })
  await database.query("update session set expires_at = expires_at - interval '8 hours'")
  expect((await order(url, browser)).status).toBe(401)
})

it('ends the session that a browser had with its next login', async () => {
  const { url } = await openPortal()
  const { browser } = await logIn({ startUrl: startUrl(url), account: 'alice' })
  const before = browser.cookieHeader(url)
  const other = await logIn({ startUrl: startUrl(url), account: 'alice' })
  await logIn({ startUrl: startUrl(url), account: 'alice', browser })
  const late = await fetch(url, { headers: { cookie: before } })
  expect(await late.text()).not.toContain('New VPN')
  for (const each of [browser, other.browser]) {
    expect((await order(url, each)).status).toBe(201)
  }
})

it('demands https of browsers from then on, but not for a name of loopback', async () => {
  const sent = async (publicUrl: string) => {
    const { url } = await openPortal({ publicUrl })
    return (await fetch(url)).headers.get('strict-transport-security')
  }
  expect(await sent('https://portal.example.com')).toBe('max-age=31536000')
  expect(await sent('https://localhost:8443')).toBeNull()
})

it('does not log out on a GET, or for a page of another origin', async () => {
  const { url } = await openPortal()
  const { browser } = await logIn({ startUrl: startUrl(url), account: 'alice' })
  expect((await send(`${url}/logout`, browser, 'GET')).status).toBe(404)
  const headers = { cookie: browser.cookieHeader(url), origin: 'https://elsewhere.example.com' }
  expect((await fetch(`${url}/logout`, { method: 'POST', headers })).status).toBe(403)
  expect((await order(url, browser)).status).toBe(201)
})

it('gives a person no more certificates in a day than the quota, however many are asked for at once', async () => {
  const { url } = await openPortal({ certificatesPerDay: 3 })
  const { browser } = await logIn({ startUrl: startUrl(url), account: 'alice' })
  const again = await logIn({ startUrl: startUrl(url), account: 'alice' })
  const asked = Array.from({ length: 8 }, (_, n) =>
    order(url, n % 2 === 0 ? browser : again.browser),
  )
  const answers = await Promise.all(asked)
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(3)
  for (const refused of answers.filter(({ status }) => status !== 201)) {
    expect(refused.status).toBe(429)
    const seconds = Number(refused.headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(86_000)
    expect(seconds).toBeLessThanOrEqual(86_400)
  }
  const bob = await logIn({ startUrl: startUrl(url), account: 'bob' })
  expect((await order(url, bob.browser)).status).toBe(201)
})

it('gives a person certificates again when the day of the quota is over', async () => {
  const { url } = await openPortal({ certificatesPerDay: 1 })
  const { browser } = await logIn({ startUrl: startUrl(url), account: 'alice' })
  const ask = async () => (await order(url, browser)).status
  expect([await ask(), await ask()]).toEqual([201, 429])
  await database.query("update quota set began_at = began_at - interval '1 day'")
  expect([await ask(), await ask()]).toEqual([201, 429])
})

it('sets cookies that only this host may set, over https alone', async () => {
  const { url } = await openPortal({ publicUrl: 'https://portal.example.com' })
  const [set = ''] = setCookies(await fetch(`${url}/login`, { redirect: 'manual' }))
  expect(set.startsWith('__Host-login=')).toBe(true)
  for (const part of ['; Path=/; HttpOnly', 'SameSite=Lax', '; Secure']) {
    expect(set).toContain(part)
  }
  expect(set).not.toContain('Domain')
})

it('takes the session of a __Host- cookie alone where that is its name', async () => {
  const { url } = await openPortal()
  const { browser } = await logIn({ startUrl: startUrl(url), account: 'alice' })
  expect(browser.cookieNames(url)).toContain('__Host-session')
  const tossed = { cookie: browser.cookieHeader(url).replaceAll('__Host-', '') }
  expect((await fetch(`${url}/profiles`, { method: 'POST', headers: tossed })).status).toBe(401)
})
