// @lane servers
import { beforeAll, expect, it } from 'vitest'
import {
  buildPage,
  openGuarded,
  signIn,
  untilCallback,
} from '../../../test/console/login/guarded-console.support.ts'

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
  const { finished, get } = await signIn(await openGuarded(), groups)
  expect([finished.status, finished.headers.get('set-cookie')]).toEqual([200, null])
  expect(await (await get('/session')).json()).toEqual({ name: 'alice', role })
  await openStream(get)
})

it('answers a browser without a session with its page, and with nothing of the family', async () => {
  const { at } = await openGuarded()
  for (const path of ['/', '/login', '/callback', '/signed-out']) {
    const page = await fetch(at(path))
    expect([page.status, page.headers.get('set-cookie')]).toEqual([200, null])
    expect(await page.text()).toContain('<div id="console">')
  }
  expect((await fetch(at('/events'))).status).toBe(401)
  expect((await fetch(at('/session'))).status).toBe(401)
  expect((await fetch(at('/style.css'))).status).toBe(200)
})

it.each([[['others']], [undefined], ['watchers-not'], [{ watchers: true }]])(
  'tells a person whose groups are %j who they are signed in as, and which role is missing',
  async (groups) => {
    const { get } = await signIn(await openGuarded(), groups)
    const session = await get('/session')
    expect(session.status).toBe(403)
    expect(await session.json()).toMatchObject({
      ...{ name: 'alice', subject: 'alice' },
      demand: expect.stringContaining(
        'in the claim groups, watchers for a viewer, on-call for an',
      ) as string,
    })
    expect((await get('/events')).status).toBe(403)
  },
)

it('ends a session, and its stream, when its person signs out', async () => {
  const { origin, get } = await signIn(await openGuarded(), ['watchers'])
  const { ended } = await openStream(get)
  expect((await origin.ask('POST', '/logout')).status).toBe(200)
  await ended
  expect((await get('/session')).status).toBe(401)
  expect((await origin.ask('POST', '/logout')).status).toBe(401)
})

it('signs out a person without a role', async () => {
  const { origin, get } = await signIn(await openGuarded(), [])
  expect((await origin.ask('POST', '/logout')).status).toBe(200)
  expect((await get('/session')).status).toBe(401)
})

it('ends a session after an hour of use without a stream', async () => {
  const { clock, ...guarded } = await openGuarded()
  const { get } = await signIn({ clock, ...guarded }, ['watchers'])
  for (let minutes = 10; minutes < 60; minutes += 10) {
    await clock.advance(10 * MINUTE_MS)
    expect((await get('/session')).status).toBe(200)
  }
  await clock.advance(10 * MINUTE_MS)
  expect((await get('/session')).status).toBe(401)
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
  const { origin, get } = await signIn(await openGuarded(), ['watchers'])
  const begun = [await untilCallback(origin), await untilCallback(origin)]
  const { ended } = await openStream(get)
  const before = origin.prove('GET', '/session')
  for (const { query, attempt } of begun) {
    expect((await origin.finish(query, attempt)).status).toBe(200)
  }
  await ended
  expect((await origin.ask('GET', '/session', {}, before)).status).toBe(401)
  expect((await get('/session')).status).toBe(200)
})

it('closes the stream of a person who has lost the role by the next login', async () => {
  const guarded = await openGuarded()
  const { get, origin } = await signIn(guarded, ['watchers'])
  const { ended } = await openStream(get)
  await signIn(guarded, [], origin)
  await ended
  expect((await get('/session')).status).toBe(403)
})

it('one person has ten sessions at most, and the oldest ends for a new one', async () => {
  const guarded = await openGuarded()
  const first = await signIn(guarded, ['watchers'])
  for (let n = 0; n < 9; n++) await signIn(guarded, ['watchers'])
  expect((await first.get('/session')).status).toBe(200)
  await signIn(guarded, ['watchers'])
  expect((await first.get('/session')).status).toBe(401)
})
