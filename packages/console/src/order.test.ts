import { SecretError } from '@rekey/secret'
import { beforeAll, expect, it } from 'vitest'
import { openConsole, type OrderTaker } from './index.ts'
import { buildPage, openGuarded, signIn } from './login/guarded-console.test.support.ts'
import { family, settled } from './readings.test.support.ts'

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
  const { cookie, get } = await signIn(guarded, groups)
  const { token } = (await (await get('/session')).json()) as { readonly token?: string }
  const send = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    fetch(guarded.at('/rotate'), {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: {
        ...{ 'content-type': 'application/json', cookie: cookie(), origin: guarded.here },
        ...(token !== undefined && { 'x-rekey-token': token }),
        ...headers,
      },
    })
  return { guarded, token, send, get }
}

it('carries out the order of an operator, and answers with the version that is current', async () => {
  const { taker, taken } = createTaker()
  const { send } = await open(taker, ['on-call'])
  const response = await send({ title: TITLE })
  expect([response.status, await response.json()]).toEqual([200, { version: 'v2' }])
  expect(taken).toEqual([{ title: TITLE, compromised: false, by: expect.any(String) as string }])
})

it('rotates without grace where the name of the secret was typed, and not for another text', async () => {
  const { taker, taken } = createTaker()
  const { send } = await open(taker, ['on-call'])
  for (const confirmed of [undefined, '', 'api-key shop', `${TITLE} `]) {
    expect((await send({ title: TITLE, compromised: true, confirmed })).status).toBe(400)
  }
  expect(taken).toEqual([])
  expect((await send({ title: TITLE, compromised: true, confirmed: TITLE })).status).toBe(200)
  expect(taken).toMatchObject([{ compromised: true }])
})

it('refuses a viewer, who gets no token, and records that', async () => {
  const { taker, taken, refused } = createTaker()
  const viewer = await open(taker, ['watchers'])
  expect(viewer.token).toBeUndefined()
  expect((await viewer.send({ title: TITLE })).status).toBe(403)
  expect(taken).toEqual([])
  expect(refused).toMatchObject([{ title: TITLE }])
  const forged = await viewer.send({ title: TITLE }, { origin: 'https://evil.example' })
  expect([forged.status, refused.length]).toEqual([403, 1])
})

it('refuses an order without a session, with no token or that of another session, and from a page of another origin', async () => {
  const { taker, taken } = createTaker()
  const { guarded, send, token } = await open(taker, ['on-call'])
  const other = await signIn(guarded, ['on-call'])
  const { token: foreign } = (await (await other.get('/session')).json()) as { token: string }
  expect(foreign).not.toBe(token)
  for (const [headers, status] of [
    [{ cookie: '' }, 401],
    [{ cookie: 'rekey-session=forged' }, 401],
    [{ 'x-rekey-token': '' }, 403],
    [{ 'x-rekey-token': foreign }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ host: 'evil.example' }, 421],
  ] as const) {
    const response = await send({ title: TITLE }, headers)
    // Node's fetch sends its own Host.
    if (!('host' in headers)) expect([headers, response.status]).toEqual([headers, status])
  }
  expect(taken).toHaveLength(1)
})

it.each([
  ['is no JSON', 'title=a', {}],
  ['is a form', 'title=a', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['has another field', { title: TITLE, force: true }, {}],
  ['names nothing', {}, {}],
  ['is too long', { title: TITLE, confirmed: 'x'.repeat(5_000) }, {}],
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
  const { send } = await open(taker, ['on-call'])
  const begun = (orders: number) =>
    expect.poll(() => taken.length, { timeout: 30_000 }).toBe(orders)
  const leaked = { title: TITLE, compromised: true, confirmed: TITLE }
  const ordinary = send({ title: TITLE })
  await begun(1)
  const urgent = send(leaked)
  await begun(2)
  ends[0]?.()
  expect((await ordinary).status).toBe(200)
  expect([(await send(leaked)).status, (await send({ title: TITLE })).status]).toEqual([409, 409])
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

it('gives no token, and takes no order, where the console takes none', async () => {
  const guarded = await openGuarded()
  const { get, cookie } = await signIn(guarded, ['on-call'])
  expect(await (await get('/session')).json()).toEqual({ name: 'alice', role: 'operator' })
  const headers = { 'content-type': 'application/json', cookie: cookie(), origin: guarded.here }
  const request = { method: 'POST', headers, body: JSON.stringify({ title: TITLE }) }
  expect((await fetch(guarded.at('/rotate'), request)).status).toBe(405)
})

it('takes no orders without a login', async () => {
  const read = () => Promise.resolve(family([]))
  const opened = openConsole({ read, orders: createTaker().taker })
  await expect(opened).rejects.toMatchObject({ code: 'refused' })
})
