import { beforeAll, expect, it } from 'vitest'
import { browserOf, buildPage, openGuarded, signIn } from './guarded-console.test.support.ts'

beforeAll(buildPage)

const MINUTE_MS = 60_000

/** Opens the stream of events, and reads it to its end. */
async function openStream(get: (path: string) => Promise<Response>) {
  const { status, body } = await get('/events')
  expect(status).toBe(200)
  const reader = (body ?? new ReadableStream<Uint8Array>()).getReader()
  await reader.read()
  let hasEnded = false
  const ended = (async () => {
    while (!(await reader.read()).done) continue
    hasEnded = true
  })()
  // Of a stream that is cut off at the end of its test.
  ended.catch(() => undefined)
  return { ended, hasEnded: () => hasEnded }
}

it.each([
  ['viewer', ['watchers', 'others']],
  ['operator', ['on-call']],
  ['operator', ['watchers', 'on-call']],
])('shows the console to a %s, whose groups are %j', async (role, groups) => {
  const { page, get } = await signIn(await openGuarded(), groups)
  expect(page.url.pathname).toBe('/')
  expect(page.body).toContain('<div id="console">')
  expect(await (await get('/session')).json()).toEqual({ name: 'alice', role })
  await openStream(get)
})

it('shows a browser without a session where to sign in, and nothing of the family', async () => {
  const { at } = await openGuarded()
  const page = await fetch(at('/'))
  expect(await page.text()).toContain('href="/login"')
  expect((await fetch(at('/events'))).status).toBe(401)
  expect((await fetch(at('/session'))).status).toBe(401)
  expect((await fetch(at('/style.css'))).status).toBe(200)
})

it.each([[['others']], [undefined], ['watchers-not'], [{ watchers: true }]])(
  'shows someone whose groups are %j as whom they are signed in, and which role is missing',
  async (groups) => {
    const { page, get } = await signIn(await openGuarded(), groups)
    expect(page.status).toBe(403)
    expect(page.body).toContain('signed in as <strong>alice</strong>')
    expect(page.body).toContain('in the claim groups, watchers for a viewer, on-call for an')
    expect((await get('/events')).status).toBe(403)
    expect((await get('/session')).status).toBe(403)
  },
)

it('shows a name as text, whatever the provider has it be', async () => {
  const guarded = await openGuarded()
  guarded.provider.behaviour.claims = { preferred_username: '<img src=x onerror=alert(1)>' }
  const { body } = await browserOf(guarded.here).get(guarded.at('/login'))
  expect(body).toContain('&lt;img src=x onerror=alert(1)&gt;')
  expect(body).not.toContain('<img src=x')
})

it('ends a session, and its stream, when its person signs out', async () => {
  const guarded = await openGuarded()
  const { browser, get, cookie, page } = await signIn(guarded, ['watchers'])
  const before = cookie()
  const { ended } = await openStream(get)
  const out = await browser.submitForm({ ...page, body: '<form action="/logout"></form>' }, {})
  expect(out.body).toContain('href="/login"')
  await ended
  const late = await fetch(guarded.at('/session'), { headers: { cookie: before } })
  expect(late.status).toBe(401)
})

it('signs out someone without a role by the form of that page', async () => {
  const { browser, page } = await signIn(await openGuarded(), [])
  expect((await browser.submitForm(page, {})).body).toContain('href="/login"')
})

it('ends a session after an hour, and closes its stream', async () => {
  const guarded = await openGuarded()
  const { get } = await signIn(guarded, ['watchers'])
  const { ended, hasEnded } = await openStream(get)
  await guarded.clock.advance(59 * MINUTE_MS)
  expect((await get('/session')).status).toBe(200)
  expect(hasEnded()).toBe(false)
  await guarded.clock.advance(MINUTE_MS)
  await ended
  expect((await get('/session')).status).toBe(401)
})

it('ends a session that is not used for a quarter of an hour', async () => {
  const guarded = await openGuarded()
  const { get } = await signIn(guarded, ['watchers'])
  for (const idleMs of [14 * MINUTE_MS, 14 * MINUTE_MS]) {
    await guarded.clock.advance(idleMs)
    expect((await get('/session')).status).toBe(200)
  }
  await guarded.clock.advance(15 * MINUTE_MS)
  expect((await get('/session')).status).toBe(401)
})

it('finishes the logins of two tabs, with a new session each, and ends the one before with its stream', async () => {
  const guarded = await openGuarded()
  const { browser, get, cookie } = await signIn(guarded, ['watchers'])
  const begin = async () => {
    const headers = { cookie: cookie() }
    return fetch(guarded.at('/login'), { headers, redirect: 'manual' })
  }
  const [one, two] = [await begin(), await begin()]
  const { ended } = await openStream(get)
  const before = cookie()
  for (const { headers } of [one, two]) {
    const page = await browser.get(headers.get('location') ?? '')
    expect(page.body).toContain('<div id="console">')
  }
  await ended
  const old = await fetch(guarded.at('/session'), { headers: { cookie: before } })
  expect(old.status).toBe(401)
  expect((await get('/session')).status).toBe(200)
})

it('closes the stream of a person who has lost the role by the next login', async () => {
  const guarded = await openGuarded()
  const { get, browser } = await signIn(guarded, ['watchers'])
  const { ended } = await openStream(get)
  const { page } = await signIn(guarded, [], browser)
  await ended
  expect(page.status).toBe(403)
})

it('one person has ten sessions at most, and the oldest ends for a new one', async () => {
  const guarded = await openGuarded()
  const first = await signIn(guarded, ['watchers'])
  for (let n = 0; n < 9; n++) await signIn(guarded, ['watchers'])
  expect((await first.get('/session')).status).toBe(200)
  await signIn(guarded, ['watchers'])
  expect((await first.get('/session')).status).toBe(401)
})
