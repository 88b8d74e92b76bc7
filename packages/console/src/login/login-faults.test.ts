import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { beforeAll, expect, it } from 'vitest'
import { browserOf, buildPage, openGuarded } from './guarded-console.test.support.ts'

beforeAll(buildPage)

/** Begins a login and goes through the provider, up to its redirect to the callback. */
async function untilCallback({ at }: Awaited<ReturnType<typeof openGuarded>>) {
  const begun = await fetch(at('/login'), { redirect: 'manual' })
  const [cookie = ''] = (begun.headers.get('set-cookie') ?? '').split(';')
  const { headers } = await fetch(begun.headers.get('location') ?? '', { redirect: 'manual' })
  const callback = new URL(headers.get('location') ?? '')
  const finish = (own = cookie) =>
    fetch(at(callback.pathname + callback.search), {
      headers: { cookie: own },
      redirect: 'manual',
    })
  return { callback, cookie, finish }
}

/** That a login came to nothing: a page that explains it, and no session. */
async function expectRefused(response: Response, status: number, words: RegExp) {
  expect(response.status).toBe(status)
  expect(response.headers.get('set-cookie')).toBeNull()
  expect(await response.text()).toMatch(words)
}

it('refuses a callback with another state, without asking the provider', async () => {
  const guarded = await openGuarded()
  const { callback, finish } = await untilCallback(guarded)
  callback.searchParams.set('state', randomBytes(32).toString('base64url'))
  await expectRefused(await finish(), 400, /not begun in this browser/)
  expect(guarded.provider.exchanges()).toBe(0)
})

it('refuses a callback in another browser', async () => {
  const guarded = await openGuarded()
  const { finish } = await untilCallback(guarded)
  const other = await untilCallback(guarded)
  await expectRefused(await finish(other.cookie), 400, /not begun in this browser/)
  await expectRefused(await finish(''), 400, /not begun in this browser/)
  expect(guarded.provider.exchanges()).toBe(0)
})

it('refuses a callback that comes again, and a code that was used', async () => {
  const guarded = await openGuarded()
  const { callback, finish } = await untilCallback(guarded)
  expect((await finish()).status).toBe(302)
  await expectRefused(await finish(), 400, /finished already/)
  const next = await untilCallback(guarded)
  next.callback.searchParams.set('code', callback.searchParams.get('code') ?? '')
  await expectRefused(await next.finish(), 400, /refuses this sign-in \(refused\)/)
})

it('refuses a callback that comes after ten minutes', async () => {
  const guarded = await openGuarded()
  const { finish } = await untilCallback(guarded)
  await guarded.clock.advance(600_000)
  await expectRefused(await finish(), 400, /took too long/)
})

it('refuses a callback with the error of the provider', async () => {
  const guarded = await openGuarded()
  const { callback, finish } = await untilCallback(guarded)
  callback.searchParams.delete('code')
  callback.searchParams.set('error', 'access_denied')
  callback.searchParams.set('error_description', 'words of the provider')
  const response = await finish()
  expect(await response.clone().text()).not.toContain('words of the provider')
  await expectRefused(response, 400, /refuses this sign-in/)
})

const HOUR_AGO = Math.floor(Date.now() / 1_000) - 3_600

it.each([
  ['for another client', { aud: 'other' }],
  ['for several clients, of another', { aud: ['console', 'other'], azp: 'other' }],
  ['of another provider', { iss: 'http://127.0.0.1:1' }],
  ['with another nonce', { nonce: 'other' }],
  ['without a nonce', { nonce: undefined }],
  ['that has ended', { exp: HOUR_AGO }],
  ['without a subject', { sub: undefined }],
])('refuses an ID token %s', async (_which, claims) => {
  const guarded = await openGuarded()
  guarded.provider.behaviour.claims = { groups: ['on-call'], ...claims }
  const { finish } = await untilCallback(guarded)
  await expectRefused(await finish(), 502, /does not prove who you are \(malformed\)/)
})

it('refuses an ID token that another key has signed', async () => {
  const guarded = await openGuarded()
  guarded.provider.behaviour.isForged = true
  const { finish } = await untilCallback(guarded)
  await expectRefused(await finish(), 502, /does not prove who you are/)
})

it('reports a provider that gives no answer to a code, and one that is away', async () => {
  const guarded = await openGuarded()
  const { finish } = await untilCallback(guarded)
  guarded.provider.behaviour.isSilent = true
  await expectRefused(await finish(), 502, /does not answer \(unreachable\)/)
  await guarded.provider[Symbol.asyncDispose]()
  await expectRefused(await fetch(guarded.at('/login')), 502, /does not answer.*\(unreachable\)/)
})

it('reports that the provider refuses the secret of the console', async () => {
  const guarded = await openGuarded({ clientSecret: randomBytes(24).toString('hex') })
  const { finish } = await untilCallback(guarded)
  await expectRefused(await finish(), 502, /refuses the secret of this console \(rejected\)/)
})

it('takes no session id but those that it made', async () => {
  const { here, at } = await openGuarded()
  const name = `rekey-session-${new URL(here).port}`
  for (const value of ['', 'x', randomBytes(32).toString('base64url')]) {
    const { status } = await fetch(at('/events'), { headers: { cookie: `${name}=${value}` } })
    expect(status).toBe(401)
  }
})

it('answers 421 to a request for another host, also one of loopback', async () => {
  const { at } = await openGuarded()
  for (const host of ['rekey.example', 'localhost', '127.0.0.1:1']) {
    const asked = request(at('/'), { headers: { host } }).end()
    const [response] = (await once(asked, 'response')) as [{ statusCode: number }]
    expect(response.statusCode).toBe(421)
  }
})

it('sends a browser to its own page alone after a login, whatever the address asks for', async () => {
  const { at, here, provider } = await openGuarded()
  provider.behaviour.claims = { groups: ['watchers'] }
  const elsewhere = encodeURIComponent('https://elsewhere.example/')
  const start = `/login?to=${elsewhere}&redirect_uri=${elsewhere}&next=//elsewhere.example`
  const { headers } = await fetch(at(start), { redirect: 'manual' })
  expect(headers.get('location')).not.toContain('elsewhere')
  const page = await browserOf(here).get(at(start))
  expect(page.url.href).toBe(`${here}/`)
})

it('signs nobody out at the request of a page of another origin', async () => {
  const { at, here } = await openGuarded()
  const post = (headers: Record<string, string>) =>
    fetch(at('/logout'), { method: 'POST', headers, redirect: 'manual' })
  expect((await post({ origin: 'https://elsewhere.example' })).status).toBe(403)
  expect((await post({ origin: here, 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  expect((await post({})).status).toBe(403)
  expect((await post({ origin: 'null', 'sec-fetch-site': 'same-origin' })).status).toBe(303)
})

it('behind https its cookies are bound to the host, and no script reads them', async () => {
  const { here } = await openGuarded({ publicUrl: 'https://console.example' })
  const asked = request(new URL('/login', here), { headers: { host: 'console.example' } }).end()
  const [{ headers }] = (await once(asked, 'response')) as [
    { headers: Record<string, string | string[]> },
  ]
  expect(String(headers['set-cookie'])).toMatch(
    /^__Host-rekey-login=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
  )
  expect(headers['location']).toContain(encodeURIComponent('https://console.example/callback'))
})
