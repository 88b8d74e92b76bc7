import { SecretError } from '@rekey/secret'
import { beforeAll, expect, it } from 'vitest'
import { openConsole, type OrderTaker } from './index.ts'
import {
  buildPage,
  openGuarded,
  signIn,
  untilCallback,
} from '../../test/console/login/guarded-console.support.ts'
import { family, settled } from '../../test/console/readings.support.ts'

beforeAll(buildPage)

const TITLE = settled().title

/** Carries out nothing, and keeps what it was asked. */
function createTaker(rotate: OrderTaker['rotate'] = () => Promise.resolve('v2')) {
  const taken: unknown[] = []
  const refused: unknown[] = []
  const taker: OrderTaker = {
    rotate(order, operator) {
      taken.push({ ...order, by: operator.subject })
      return rotate(order, operator)
    },
    refused(order, operator) {
      refused.push({ ...order, by: operator.subject })
      return Promise.resolve()
    },
  }
  return { taker, taken, refused }
}

/** Signs in, and sends orders as a page of that session does. */
async function open(taker: OrderTaker, groups: readonly string[]) {
  const guarded = await openGuarded({ orders: taker })
  const { origin, get } = await signIn(guarded, groups)
  const send = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    origin.ask('POST', '/rotate', body, headers)
  /** Signs in anew for the emergency of a secret. */
  const confirm = async (title: string) => {
    const { query, attempt } = await untilCallback(origin, { title, confirmed: title })
    return origin.finish(query, attempt)
  }
  return { guarded, origin, send, get, confirm }
}

it('carries out the order of an operator, and answers with the version that is current', async () => {
  const { taker, taken } = createTaker()
  const { send } = await open(taker, ['on-call'])
  const response = await send({ title: TITLE })
  expect([response.status, await response.json()]).toEqual([200, { version: 'v2' }])
  expect(taken).toEqual([{ title: TITLE, compromised: false, by: expect.any(String) as string }])
})

it('passes the version on that a rotation goes on with, and takes none where the secret has leaked', async () => {
  const { taker, taken } = createTaker()
  const { send } = await open(taker, ['on-call'])
  expect((await send({ title: TITLE, go: 'v2' })).status).toBe(200)
  expect(taken).toMatchObject([{ title: TITLE, go: 'v2' }])
  expect((await send({ ...LEAKED, go: 'v2' })).status).toBe(400)
  expect((await send({ title: TITLE, go: '' })).status).toBe(400)
  expect(taken).toHaveLength(1)
})

const LEAKED = { title: TITLE, compromised: true, confirmed: TITLE }

it('rotates without grace where the name of the secret was typed, and not for another text', async () => {
  const { taker, taken } = createTaker()
  const { send, confirm, origin } = await open(taker, ['on-call'])
  for (const confirmed of [undefined, '', 'api-key shop', `${TITLE} `]) {
    expect((await send({ title: TITLE, compromised: true, confirmed })).status).toBe(400)
    expect((await origin.ask('POST', '/login', { title: TITLE, confirmed })).status).toBe(400)
  }
  expect(taken).toEqual([])
  expect(await (await confirm(TITLE)).json()).toEqual({ title: TITLE })
  expect((await send(LEAKED)).status).toBe(200)
  expect(taken).toMatchObject([{ compromised: true }])
})

it('G1: a rotation without grace takes a sign-in of its own, for this secret, once, and within a minute', async () => {
  const { taker, taken } = createTaker()
  const { guarded, send, confirm } = await open(taker, ['on-call'])
  const refused = async () => {
    const response = await send(LEAKED)
    expect([response.status, await response.json()]).toMatchObject([403, { code: 'sign-in' }])
  }
  await refused()
  await confirm('database shop')
  await refused()
  await confirm(TITLE)
  expect((await send(LEAKED)).status).toBe(200)
  await refused()
  await confirm(TITLE)
  await guarded.clock.advance(60_000)
  await refused()
  expect(taken).toHaveLength(1)
})

it('G1: has the person sign in anew, and takes no older sign-in for it', async () => {
  const { taker } = createTaker()
  const { guarded, send, confirm, origin } = await open(taker, ['on-call'])
  const { url } = await untilCallback(origin, { title: TITLE, confirmed: TITLE })
  expect(Object.fromEntries(url.searchParams)).toMatchObject({ prompt: 'login', max_age: '0' })
  const { claims } = guarded.provider.behaviour
  for (const seconds of [undefined, Math.floor(Date.now() / 1_000) - 120]) {
    guarded.provider.behaviour.claims = { ...claims, auth_time: seconds }
    const answer = await confirm(TITLE)
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'refused' }])
    expect((await send(LEAKED)).status).toBe(403)
  }
})

it.each([
  ['another person', { sub: 'mallory' }, 'other-person'],
  ['a person who has lost the role', { groups: ['watchers'] }, 'role'],
])('G1: takes no sign-in of %s for an order', async (_, claims, code) => {
  const { taker } = createTaker()
  const { guarded, send, confirm } = await open(taker, ['on-call'])
  guarded.provider.behaviour.claims = { ...guarded.provider.behaviour.claims, ...claims }
  const answer = await confirm(TITLE)
  expect([answer.status, await answer.json()]).toMatchObject([400, { code }])
  // The session of a person who has lost the role has ended.
  expect((await send(LEAKED)).status).toBe(code === 'role' ? 401 : 403)
})

it('G1: takes the sign-in for an order in the session alone that began it', async () => {
  const { taker } = createTaker()
  const { guarded, send, origin } = await open(taker, ['on-call'])
  const other = await signIn(guarded, ['on-call'])
  const begun = await untilCallback(other.origin, { title: TITLE, confirmed: TITLE })
  const answer = await origin.finish(begun.query, begun.attempt)
  expect(await answer.json()).toMatchObject({ code: 'other-person' })
  expect((await send(LEAKED)).status).toBe(403)
})

it('refuses a viewer, who may begin no emergency, and records that', async () => {
  const { taker, taken, refused } = createTaker()
  const viewer = await open(taker, ['watchers'])
  expect(await (await viewer.get('/session')).json()).toEqual({ name: 'alice', role: 'viewer' })
  expect((await viewer.send({ title: TITLE })).status).toBe(403)
  const begun = { title: TITLE, confirmed: TITLE }
  expect((await viewer.origin.ask('POST', '/login', begun)).status).toBe(403)
  expect(taken).toEqual([])
  expect(refused).toMatchObject([{ title: TITLE }])
  const forged = await viewer.send({ title: TITLE }, { origin: 'https://evil.example' })
  expect([forged.status, refused.length]).toEqual([403, 1])
})

it('G1: refuses an order without the proof of its session, with one of another order, or from a page of another origin', async () => {
  const { taker, taken } = createTaker()
  const { guarded, send, origin } = await open(taker, ['on-call'])
  const viewer = await signIn(guarded, ['watchers'])
  const body = JSON.stringify({ title: TITLE })
  const proof = origin.prove('POST', '/rotate', body)
  const [key = '', once = '', signature = ''] = (proof['x-rekey-proof'] ?? '').split('.')
  const [, , foreign = ''] = (
    viewer.origin.prove('POST', '/rotate', body)['x-rekey-proof'] ?? ''
  ).split('.')
  for (const [headers, status] of [
    [{ 'x-rekey-proof': '' }, 401],
    [{ 'x-rekey-proof': [key, once, foreign].join('.') }, 401],
    [{ 'x-rekey-proof': [key, once.split('').reverse().join(''), signature].join('.') }, 401],
    [viewer.origin.prove('POST', '/rotate', body), 403],
    [origin.prove('GET', '/rotate', body), 401],
    [origin.prove('POST', '/logout', body), 401],
    [origin.prove('POST', '/rotate', JSON.stringify({ title: 'database shop' })), 401],
    [{ origin: 'https://evil.example' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
  ] as const) {
    expect([headers, (await send(body, headers)).status]).toEqual([headers, status])
  }
  expect(taken).toEqual([])
  expect((await send(body, proof)).status).toBe(200)
  expect((await send(body, proof)).status).toBe(401)
  expect(taken).toHaveLength(1)
})

it.each([
  ['is no JSON', 'title=a', {}],
  ['is a form', 'title=a', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['has another field', { title: TITLE, force: true }, {}],
  ['names nothing', {}, {}],
  ['is long', { title: TITLE, confirmed: 'x'.repeat(5_000) }, {}],
  ['is longer than 16 KiB', { title: TITLE, confirmed: 'x'.repeat(20_000) }, {}],
])('refuses a body that %s', async (_, body, headers) => {
  const { taker, taken } = createTaker()
  const { send } = await open(taker, ['on-call'])
  expect((await send(body, headers)).status).toBe(400)
  expect(taken).toEqual([])
})

it('refuses a second order for a secret while the first is carried out, and takes one for another', async () => {
  let end: () => void = () => undefined
  const ended = new Promise<void>((resolve) => (end = resolve))
  const { taker, taken } = createTaker(async ({ title }) => {
    if (title === TITLE) await ended
    return 'v2'
  })
  const { send } = await open(taker, ['on-call'])
  const first = send({ title: TITLE })
  await expect.poll(() => taken.length, { timeout: 30_000 }).toBe(1)
  const second = await send({ title: TITLE })
  expect([second.status, await second.json()]).toMatchObject([409, { code: 'busy' }])
  expect((await send({ title: 'database shop' })).status).toBe(200)
  end()
  expect((await first).status).toBe(200)
  expect((await send({ title: TITLE })).status).toBe(200)
})

it('R53 carries out an order for a secret that has leaked while an ordinary one is under way, and refuses any other until it has ended', async () => {
  const ends: (() => void)[] = []
  const { taker, taken } = createTaker(async () => {
    await new Promise<void>((resolve) => ends.push(resolve))
    return 'v2'
  })
  const { send, confirm } = await open(taker, ['on-call'])
  const begun = (orders: number) =>
    expect.poll(() => taken.length, { timeout: 30_000 }).toBe(orders)
  const ordinary = send({ title: TITLE })
  await begun(1)
  await confirm(TITLE)
  const urgent = send(LEAKED)
  await begun(2)
  ends[0]?.()
  expect((await ordinary).status).toBe(200)
  expect([(await send(LEAKED)).status, (await send({ title: TITLE })).status]).toEqual([409, 409])
  ends[1]?.()
  expect((await urgent).status).toBe(200)
  expect(taken).toHaveLength(2)
})

it('shows why a rotation was not carried out, and nothing of an error that is not ours', async () => {
  const errors = [new SecretError('refused', 'the far side refuses it'), new Error('password: x')]
  const { taker } = createTaker(() => Promise.reject(errors.shift() ?? new Error('none')))
  const { send } = await open(taker, ['on-call'])
  const ours = await send({ title: TITLE })
  expect([ours.status, await ours.json()]).toEqual([
    409,
    { code: 'refused', message: 'the far side refuses it' },
  ])
  const other = await send({ title: TITLE })
  expect(await other.text()).not.toContain('password')
})

it('takes no order, and begins no emergency, where the console takes none', async () => {
  const { origin, get } = await signIn(await openGuarded(), ['on-call'])
  expect(await (await get('/session')).json()).toEqual({ name: 'alice', role: 'operator' })
  expect((await origin.ask('POST', '/rotate', { title: TITLE })).status).toBe(405)
  const begun = { title: TITLE, confirmed: TITLE }
  expect((await origin.ask('POST', '/login', begun)).status).toBe(403)
})

it('takes no orders without a login', async () => {
  const read = () => Promise.resolve(family([]))
  const opened = openConsole({ read, orders: createTaker().taker })
  await expect(opened).rejects.toMatchObject({ code: 'refused' })
})
