import { SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { finish, openDoor } from '../../../test/console/door/open-door.support.ts'
import { createOrigin } from '../../../test/console/login/origin.support.ts'

/** The status of an answer, and its body. */
async function read(response: Response | Promise<Response>): Promise<readonly [number, unknown]> {
  const answered = await response
  return [answered.status, await answered.json()]
}

it.each([
  ['viewer', true, {}],
  ['operator', true, { mayRotate: true }],
  ['operator', false, {}],
] as const)(
  'shows a %s the session, where the console takes orders: %s',
  async (role, takesOrders, more) => {
    const { signIn } = await openDoor({ takesOrders })
    const { session, finished } = await signIn({ role })
    expect(await read(finished)).toEqual([200, {}])
    expect(await read(session())).toEqual([200, { name: 'alice', role, ...more }])
  },
)

it('shows a person without a role who they are and which role is missing, and no stream', async () => {
  const { signIn, signIns } = await openDoor()
  const { session, origin } = await signIn({})
  const shown = { name: 'alice', subject: 'a', issuer: 'https://id.test', demand: 'a group' }
  expect(await read(session())).toEqual([403, shown])
  expect((await origin.ask('GET', '/events')).status).toBe(403)
  expect(signIns).toMatchObject([{ action: 'sign-in', refusedFor: 'role' }])
})

it.each([
  ['GET', '/session', 401],
  ['GET', '/session?a=b', 401],
  ['GET', '/events', 401],
  ['GET', '/', 204],
  ['GET', '/login', 204],
  ['POST', '/events', 204],
  ['POST', '/logout', 401],
] as const)('%s %s of a browser without a session is answered with %i', async (...asked) => {
  const [method, path, status] = asked
  const { here } = await openDoor()
  expect((await createOrigin(here).ask(method, path)).status).toBe(status)
})

it.each([
  [
    'the same origin, by the browser',
    { 'sec-fetch-site': 'same-origin', origin: 'https://b.test' },
    true,
  ],
  ['the same origin, where the browser has no such header', {}, true],
  ['another port of the host', { 'sec-fetch-site': 'same-site' }, false],
  ['another site', { 'sec-fetch-site': 'cross-site' }, false],
  ['no page', { 'sec-fetch-site': 'none' }, false],
  ['another origin', { origin: 'https://b.test' }, false],
  ['an origin that is hidden', { origin: 'null' }, false],
] as const)('takes a login and an order of %s: %s, %s', async (_, headers, isTaken) => {
  const { signIn } = await openDoor()
  const { origin } = await signIn({ role: 'operator' })
  const login = await origin.ask('POST', '/login', {}, headers)
  expect(login.status).toBe(isTaken ? 200 : 403)
  const order = await origin.ask('POST', '/rotate', 'KEY', headers)
  expect(await order.json()).toBe(isTaken ? false : 403)
})

it('an order without a session is none', async () => {
  const { here } = await openDoor()
  expect(await (await createOrigin(here).ask('POST', '/rotate', 'KEY')).json()).toBe(401)
})

it.each([
  ['another type', '{}', { 'content-type': 'text/plain' }],
  ['no JSON', '{', {}],
  ['more than 16 KiB', JSON.stringify({ title: 'a'.repeat(16_384) }), {}],
  ['a part that there is not', '{"a":1}', {}],
  ['an empty title', '{"title":"","confirmed":""}', {}],
  ['a title that was not typed', '{"title":"KEY"}', {}],
  ['a title that was typed otherwise', '{"title":"KEY","confirmed":"key"}', {}],
  ['a typed title alone', '{"confirmed":"KEY"}', {}],
  ['a title without end', JSON.stringify(orderOf('a'.repeat(301))), {}],
])('begins no login for a body of %s', async (_, body, headers) => {
  const { signIn } = await openDoor()
  const { origin } = await signIn({ role: 'operator' })
  const begun = await read(origin.ask('POST', '/login', body, headers))
  expect(begun).toMatchObject([400, { code: 'malformed' }])
})

it.each([
  ['a viewer', 'viewer', true],
  ['a person without a role', undefined, true],
  ['an operator, where the console takes no orders', 'operator', false],
] as const)('begins no sign-in for an order of %s', async (_, role, takesOrders) => {
  const { signIn, here } = await openDoor({ takesOrders })
  const { origin } = await signIn(role === undefined ? {} : { role })
  for (const asking of [origin, createOrigin(here)]) {
    const begun = await read(asking.ask('POST', '/login', orderOf('KEY')))
    expect(begun).toMatchObject([403, { code: 'forbidden' }])
  }
})

it.each([
  ['no key', { key: undefined }],
  ['a key that is no point of the curve', { key: 'A'.repeat(87) }],
  ['an attempt without end', { attempt: 'a'.repeat(4_097) }],
  ['an answer without end', { query: `?${'a'.repeat(8_192)}` }],
  ['a key without end', { key: 'A'.repeat(101) }],
  ['a part that there is not', { more: 1 }],
])('finishes no sign-in with %s', async (_, wrong) => {
  const { here, login } = await openDoor()
  const origin = createOrigin(here)
  const body = { query: '?code=c', attempt: '0', key: '', ...wrong }
  expect(await read(origin.ask('POST', '/callback', body))).toMatchObject([
    400,
    { code: 'malformed' },
  ])
  expect(login.callbacks).toEqual([])
})

it('finishes a sign-in at the callback of the console, with what the provider answered', async () => {
  const { signIn, login, here } = await openDoor()
  await signIn({ role: 'viewer' })
  expect(login.callbacks).toEqual([`${here}/callback?code=c`])
})

it('refuses an answer to a sign-in that was not begun here, and records that', async () => {
  const { here, signIns } = await openDoor()
  const refused = await read(createOrigin(here).finish('?code=c', 'forged'))
  expect(refused).toMatchObject([400, { code: 'not-begun' }])
  expect(signIns).toEqual([{ action: 'sign-in', refusedFor: 'not-begun' }])
})

it.each([
  ['refuses it', new SecretError('refused', 'no'), 400, 'refused'],
  ['does not answer', new SecretError('unreachable', 'down'), 502, 'unreachable'],
  ['fails', new Error('of a library'), 502, 'failed'],
] as const)('records a sign-in of which the provider %s', async (_, failure, status, code) => {
  const { signIn, login, signIns, here, log } = await openDoor()
  const origin = createOrigin(here)
  const { attempt } = (await (await origin.ask('POST', '/login')).json()) as { attempt: string }
  login.failure = failure
  const ended = await read(origin.finish('?code=c', attempt))
  expect(ended).toMatchObject([status, { code }])
  expect(JSON.stringify(ended)).not.toContain('of a library')
  expect(signIns).toEqual([{ action: 'sign-in', refusedFor: code }])
  log.failure = new SecretError('unwritable', 'the disk is full')
  expect(await read(origin.finish('?code=c', attempt))).toMatchObject([503, { code: 'unwritable' }])
  delete login.failure
  expect((await signIn({ role: 'viewer' }, origin)).finished.status).toBe(503)
  login.failure = failure
  expect(await read(origin.ask('POST', '/login'))).toMatchObject([502, { code }])
})

it('the key of a session begins no other one', async () => {
  const { signIn, here } = await openDoor()
  const { origin, session } = await signIn({ role: 'operator' })
  const [key = ''] = (origin.prove('GET', '/')['x-rekey-proof'] ?? '').split('.')
  const body = { query: '?code=c', attempt: '0', key }
  const taken = await read(createOrigin(here).ask('POST', '/callback', body))
  expect(taken).toMatchObject([400, { code: 'malformed' }])
  expect((await session()).status).toBe(200)
})

it('a new sign-in of a browser ends its session before', async () => {
  const { signIn } = await openDoor()
  const { origin } = await signIn({ role: 'viewer' })
  const before = origin.prove('GET', '/session')
  const { session } = await signIn({ role: 'viewer' }, origin)
  expect((await origin.ask('GET', '/session', {}, before)).status).toBe(401)
  expect((await session()).status).toBe(200)
})

it('a session ends when its person signs out, and its stream then, with where to sign out at the provider', async () => {
  const { signIn, login, signIns } = await openDoor()
  const { origin, session } = await signIn({ role: 'viewer' })
  login.signOut = () => Promise.resolve(new URL('https://id.test/end'))
  const stream = await origin.ask('GET', '/events')
  expect(stream.status).toBe(200)
  const [status, body] = await read(origin.ask('POST', '/logout'))
  expect([status, body]).toEqual([
    200,
    { state: expect.stringMatching(/^[\w-]{43}$/) as string, url: 'https://id.test/end' },
  ])
  expect(await stream.text()).toBe('open')
  expect((await session()).status).toBe(401)
  expect(signIns.map(({ action }) => action)).toEqual(['sign-in', 'sign-out'])
})

it.each([
  ['offers no sign-out', () => Promise.resolve(undefined)],
  ['does not answer', () => Promise.reject(new SecretError('unreachable', 'down'))],
])('ends a session where the provider %s', async (_, signOut) => {
  const { signIn, login } = await openDoor()
  const { origin, session } = await signIn({ role: 'viewer' })
  login.signOut = signOut
  const [status, body] = await read(origin.ask('POST', '/logout'))
  expect([status, Object.keys(body as object)]).toEqual([200, ['state']])
  expect((await session()).status).toBe(401)
})

it('lets in no one whose sign-in cannot be recorded, and ends a session whose end cannot', async () => {
  const { signIn, log } = await openDoor()
  const { origin, session } = await signIn({ role: 'viewer' })
  log.failure = new Error('of a library')
  expect(await read(origin.ask('POST', '/logout'))).toMatchObject([503, { code: 'failed' }])
  expect((await session()).status).toBe(401)
  expect((await signIn({ role: 'viewer' }, origin)).finished.status).toBe(503)
  expect((await session()).status).toBe(401)
})

function orderOf(title: string) {
  return { title, confirmed: title }
}

it('who signs in anew for an order may give it, once and for that secret', async () => {
  const { signIn, signIns } = await openDoor()
  const { origin } = await signIn({ role: 'operator' })
  const give = async (title: string) => (await read(origin.ask('POST', '/rotate', title)))[1]
  expect(await read(finish(origin, orderOf('KEY')))).toEqual([200, { title: 'KEY' }])
  expect([await give('OTHER'), await give('KEY'), await give('KEY')]).toEqual([false, true, false])
  expect(signIns).toHaveLength(2)
})

it.each([
  ['another person', { subject: 'b', role: 'operator' }, 'other-person', 200],
  [
    'a person of another provider',
    { issuer: 'https://b.test', role: 'operator' },
    'other-person',
    200,
  ],
  ['one who is an operator no longer', { role: 'viewer' }, 'role', 401],
] as const)('a sign-in of %s confirms no order', async (_, person, code, status) => {
  const { signIn, signIns, login } = await openDoor()
  const { origin, session } = await signIn({ role: 'operator' })
  login.person = { ...login.person, ...person }
  expect(await read(finish(origin, orderOf('KEY')))).toMatchObject([400, { code }])
  expect(signIns[1]).toEqual({ action: 'sign-in', refusedFor: code, operator: login.person })
  expect((await session()).status).toBe(status)
  const [, given] = await read(origin.ask('POST', '/rotate', 'KEY'))
  expect(given).toBe(status === 200 ? false : 401)
})

it('a sign-in for an order confirms none of another session of the same person', async () => {
  const { signIn } = await openDoor()
  const [one, other] = [await signIn({ role: 'operator' }), await signIn({ role: 'operator' })]
  const begun = await one.origin.ask('POST', '/login', orderOf('KEY'))
  const { attempt } = (await begun.json()) as { attempt: string }
  const confirmed = await read(other.origin.finish('?code=c', attempt))
  expect(confirmed).toMatchObject([400, { code: 'other-person' }])
})

it('a sign-in for an order that cannot be recorded confirms none', async () => {
  const { signIn, log } = await openDoor()
  const { origin } = await signIn({ role: 'operator' })
  log.failure = new SecretError('unwritable', 'the disk is full')
  expect(await read(finish(origin, orderOf('KEY')))).toMatchObject([503, { code: 'unwritable' }])
  expect(await (await origin.ask('POST', '/rotate', 'KEY')).json()).toBe(false)
})
