// @lane servers
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { beforeAll, expect, it } from 'vitest'
import {
  buildPage,
  openGuarded,
  signIn,
  untilCallback,
} from '../../../test/console/login/guarded-console.support.ts'
import { createOrigin } from '../../../test/console/login/origin.support.ts'

beforeAll(buildPage)

/** Begins a login in a new browser, up to its callback. */
async function begin({ here }: Awaited<ReturnType<typeof openGuarded>>) {
  const origin = createOrigin(here)
  const begun = await untilCallback(origin)
  const finish = (attempt = begun.attempt) => origin.finish(begun.callback.search, attempt)
  return { ...begun, origin, finish }
}

/** That a login came to nothing: a reason, and no session. */
async function expectRefused(response: Response, status: number, words: RegExp) {
  expect(response.status).toBe(status)
  const { code, message } = (await response.json()) as { code: string; message: string }
  expect(`${message} (${code})`).toMatch(words)
}

it('refuses a callback with another state, without asking the provider', async () => {
  const guarded = await openGuarded()
  const { callback, finish } = await begin(guarded)
  const { state } = Object.fromEntries(callback.searchParams)
  const other = randomBytes(32).toString('base64url')
  for (const states of [[], [other], [state ?? '', state ?? '']]) {
    callback.searchParams.delete('state')
    for (const each of states) callback.searchParams.append('state', each)
    await expectRefused(await finish(), 400, /not begun in this tab/)
  }
  expect(guarded.provider.exchanges()).toBe(0)
})

it('refuses a callback in another browser, and one of which a byte was changed', async () => {
  const guarded = await openGuarded()
  const { finish, attempt } = await begin(guarded)
  const other = await begin(guarded)
  for (const wrong of [
    other.attempt,
    '',
    attempt.slice(2),
    `A${attempt.slice(1)}`,
    `${attempt}AAAA`,
  ]) {
    await expectRefused(await finish(wrong), 400, /not begun in this tab/)
  }
  expect(guarded.provider.exchanges()).toBe(0)
})

it('refuses a callback that comes again, and a code that was used', async () => {
  const guarded = await openGuarded()
  const { callback, finish } = await begin(guarded)
  expect((await finish()).status).toBe(200)
  await expectRefused(await finish(), 400, /refuses this sign-in \(refused\)/)
  const next = await begin(guarded)
  next.callback.searchParams.set('code', callback.searchParams.get('code') ?? '')
  await expectRefused(await next.finish(), 400, /refuses this sign-in \(refused\)/)
})

it('refuses a callback that comes after ten minutes', async () => {
  const guarded = await openGuarded()
  const { finish } = await begin(guarded)
  await guarded.clock.advance(600_000)
  await expectRefused(await finish(), 400, /took more than ten minutes/)
})

it('G1: no number of logins that others begin displaces one that is under way', async () => {
  const guarded = await openGuarded()
  const { finish } = await begin(guarded)
  const origin = createOrigin(guarded.here)
  for (let n = 0; n < 1_050; n += 350) {
    const statuses = Array.from({ length: 350 }, () => origin.ask('POST', '/login'))
    for (const { status } of await Promise.all(statuses)) expect(status).toBe(200)
  }
  expect((await finish()).status).toBe(200)
})

it('refuses a callback with the error of the provider', async () => {
  const guarded = await openGuarded()
  const { callback, finish } = await begin(guarded)
  callback.searchParams.delete('code')
  callback.searchParams.set('error', 'access_denied')
  callback.searchParams.set('error_description', 'words of the provider')
  const response = await finish()
  expect(await response.clone().text()).not.toContain('words of the provider')
  await expectRefused(response, 400, /refuses this sign-in/)
})

it.each(['?', '?code=1&code=2', '?id_token=a', '?response=a', '?%'])(
  'answers a callback of %s with a refusal, and never with an error of its own',
  async (query) => {
    const { here } = await openGuarded()
    const origin = createOrigin(here)
    const { attempt, callback } = await untilCallback(origin)
    const state = `&state=${callback.searchParams.get('state')}`
    const { status } = await origin.finish(query + state, attempt)
    expect([400, 502]).toContain(status)
  },
)

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
  const { finish } = await begin(guarded)
  await expectRefused(await finish(), 502, /does not prove who you are \(malformed\)/)
})

it('refuses an ID token that another key has signed', async () => {
  const guarded = await openGuarded()
  guarded.provider.behaviour.isForged = true
  const { finish } = await begin(guarded)
  await expectRefused(await finish(), 502, /does not prove who you are/)
})

it('reports a provider that gives no answer to a code, and one that is away', async () => {
  const guarded = await openGuarded()
  const { finish } = await begin(guarded)
  guarded.provider.behaviour.isSilent = true
  await expectRefused(await finish(), 502, /does not answer \(unreachable\)/)
  await guarded.provider[Symbol.asyncDispose]()
  const late = await createOrigin(guarded.here).ask('POST', '/login')
  await expectRefused(late, 502, /does not answer.*\(unreachable\)/)
})

it('reports that the provider refuses the secret of the console', async () => {
  const guarded = await openGuarded({ clientSecret: randomBytes(24).toString('hex') })
  const { finish } = await begin(guarded)
  await expectRefused(await finish(), 502, /refuses the secret of this console \(rejected\)/)
})

it('a sign-in with the public key of another session is refused, and that session goes on', async () => {
  const guarded = await openGuarded()
  const { origin, get } = await signIn(guarded, ['on-call'])
  const [key] = (origin.prove('GET', '/session')['x-rekey-proof'] ?? '').split('.')
  const other = createOrigin(guarded.here)
  const { query, attempt } = await untilCallback(other)
  const refused = await other.ask('POST', '/callback', { query, attempt, key })
  await expectRefused(refused, 400, /no request of this page/)
  expect((await get('/session')).status).toBe(200)
  expect(guarded.provider.exchanges()).toBe(1)
})

it('takes no proof of a key that has no session, and none that is no proof', async () => {
  const { at } = await openGuarded()
  const proof = [65, 16, 64].map((bytes) => randomBytes(bytes).toString('base64url')).join('.')
  for (const value of ['', 'x', '..', proof, `${proof}.`]) {
    const { status } = await fetch(at('/events'), { headers: { 'x-rekey-proof': value } })
    expect(status).toBe(401)
  }
})

it.each([
  ['no point of the curve', randomBytes(64)],
  ['too short', randomBytes(20)],
])('refuses to begin a session for a key that is %s', async (_, bytes) => {
  const guarded = await openGuarded()
  const { query, attempt, origin } = await begin(guarded)
  const key = Buffer.concat([Buffer.of(4), bytes]).toString('base64url')
  expect((await origin.ask('POST', '/callback', { query, attempt, key })).status).toBe(400)
  expect(guarded.provider.exchanges()).toBe(0)
})

it('answers 421 to a request for another host, also one of loopback', async () => {
  const { at } = await openGuarded()
  for (const host of ['rekey.example', 'localhost', '127.0.0.1:1']) {
    const asked = request(at('/'), { headers: { host } }).end()
    const [response] = (await once(asked, 'response')) as [{ statusCode: number }]
    expect(response.statusCode).toBe(421)
  }
})

it('leads to the provider of the console and back to its origin, whatever the address asks for', async () => {
  const guarded = await openGuarded()
  const origin = createOrigin(guarded.here)
  const elsewhere = encodeURIComponent('https://elsewhere.example/')
  const path = `/login?to=${elsewhere}&redirect_uri=${elsewhere}&next=//elsewhere.example`
  const begun = await origin.ask('POST', path)
  expect(await begun.clone().text()).not.toContain('elsewhere')
  const { url } = (await begun.json()) as { readonly url: string }
  expect(new URL(url).searchParams.get('redirect_uri')).toBe(`${guarded.here}/callback`)
  expect((await origin.ask('POST', '/login', { to: 'https://elsewhere.example' })).status).toBe(400)
})

it.each(['/login', '/callback', '/logout'])(
  'does nothing at %s at the request of a page of another origin',
  async (path) => {
    const { at, here } = await openGuarded()
    const post = async (headers: Record<string, string>) => {
      const type = { 'content-type': 'application/json' }
      const request = { method: 'POST', headers: { ...type, ...headers }, body: '{}' }
      return (await fetch(at(path), request)).status
    }
    expect(await post({ origin: 'https://elsewhere.example' })).toBe(403)
    expect(await post({ origin: here, 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await post({ origin: here, 'sec-fetch-site': 'same-site' })).toBe(403)
    expect(await post({})).toBe(403)
    expect(await post({ origin: 'null', 'sec-fetch-site': 'same-origin' })).not.toBe(403)
  },
)

it('behind https it demands https of browsers from then on, but not for a name of loopback', async () => {
  const sent = async (publicUrl: string) => {
    const { here } = await openGuarded({ publicUrl })
    const { host } = new URL(publicUrl)
    const asked = request(new URL('/', here), { headers: { host } }).end()
    const [{ headers }] = (await once(asked, 'response')) as [{ headers: Record<string, string> }]
    return headers['strict-transport-security']
  }
  expect(await sent('https://console.example')).toBe('max-age=31536000')
  expect(await sent('https://localhost:8443')).toBeUndefined()
})
