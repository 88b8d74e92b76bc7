import { once } from 'node:events'
import { request } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { FRAMEWORKS, type Started } from '../../test/frameworks.support.ts'
import type { AuthEvent } from './express.ts'
import { createKeyring, type KeyringOptions } from '../index.ts'
import {
  forgedFrom,
  keyIdIn,
  newKey,
  receiverWith,
  verifiersOf,
  versionOf,
} from '../../test/live-keys.support.ts'

const keys = { pending: newKey(), current: newKey(), previous: newKey() }
const revoked = newKey()
/** Stands in the store, and the receiver has not read it yet. */
const lateKey = newKey()
const forged = forgedFrom(keys.current)

const refusals: [title: string, headers: Record<string, string>, event: Partial<AuthEvent>][] = [
  ['no header', {}, { reason: 'absent' }],
  ['an empty header', { authorization: '' }, { reason: 'malformed' }],
  ['another scheme', { authorization: `Digest ${keys.current}` }, { reason: 'malformed' }],
  ['no scheme', { authorization: keys.current }, { reason: 'malformed' }],
  ['no key', { authorization: 'Bearer' }, { reason: 'malformed' }],
  ['two spaces', { authorization: `Bearer  ${keys.current}` }, { reason: 'malformed' }],
  ['junk', { authorization: 'Bearer hunter2' }, { reason: 'malformed' }],
  ['a cut key', { authorization: `Bearer ${keys.current.slice(0, -1)}` }, { reason: 'malformed' }],
  ['a header of 8 kB', { authorization: `Bearer ${'a'.repeat(8_000)}` }, { reason: 'malformed' }],
  ['two keys', { authorization: `Bearer ${keys.current}, ${revoked}` }, { reason: 'malformed' }],
  ['the key elsewhere', { 'x-api-key': keys.current }, { reason: 'absent' }],
  ['an unknown key', { authorization: `Bearer ${newKey()}` }, { reason: 'unknown-key' }],
  [
    'a revoked key',
    { authorization: `Bearer ${revoked}` },
    { reason: 'revoked', version: versionOf(revoked), caller: 'frontend' },
  ],
  [
    'a wrong secret',
    { authorization: `Bearer ${forged}` },
    { reason: 'wrong-secret', keyId: keyIdIn(keys.current), caller: 'frontend' },
  ],
]

describe.each(Object.entries(FRAMEWORKS))('%s', (_, start) => {
  const open: Started[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()))
  })

  async function setUp(options?: KeyringOptions) {
    const refresh = () => {
      live.update(verifiersOf({ current: lateKey, previous: keys.current }))
      return Promise.resolve()
    }
    const live = receiverWith({ current: keys.previous, previous: revoked }, { refresh })
    const keyring = createKeyring({ frontend: live }, options)
    live.update(verifiersOf(keys))
    const events: AuthEvent[] = []
    const handled: (string | undefined)[] = []
    const server = await start(
      { keyring, onEvent: (event) => events.push(event) },
      (caller) => `hello ${String(handled.push(caller) && caller)}`,
    )
    open.push(server)
    return { ...server, live, events, handled }
  }

  const seen = async (response: Response) => ({
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    type: response.headers.get('content-type'),
    body: await response.text(),
  })
  const unauthorized = {
    status: 401,
    challenge: 'Bearer',
    type: 'application/json; charset=utf-8',
    body: '{"error":"unauthorized"}',
  }

  it.each(refusals)(
    'answers %s like every other refusal, and says why in an event',
    async (...row) => {
      const [, headers, event] = row
      const { url, events, handled } = await setUp()
      expect(await seen(await fetch(url, { headers }))).toEqual(unauthorized)
      expect(events).toEqual([expect.objectContaining({ type: 'refused', ...event })])
      expect(JSON.stringify(events)).not.toContain(keys.current)
      expect(handled).toEqual([])
    },
  )

  it('refuses a header that was sent twice, though both are right', async () => {
    const { url, handled, events } = await setUp()
    const Authorization = [`Bearer ${keys.current}`, `Bearer ${keys.current}`]
    const outgoing = request(url, { headers: { Authorization } }).end()
    const [response] = (await once(outgoing, 'response')) as [{ statusCode: number }]
    expect(response.statusCode).toBe(401)
    expect(events).toMatchObject([{ reason: 'malformed' }])
    expect(handled).toEqual([])
  })

  it('judges the key before it reads the body', async () => {
    const { url, handled } = await setUp()
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(url, { method: 'POST', headers, body: '{ not json' })
    expect(await seen(response)).toEqual(unauthorized)
    expect(handled).toEqual([])
  })

  it.each(['pending', 'current', 'previous'] as const)('lets the %s key in', async (stage) => {
    const { url, events, handled } = await setUp()
    const response = await fetch(url, { headers: { authorization: `Bearer ${keys[stage]}` } })
    expect([response.status, await response.text()]).toEqual([200, 'hello frontend'])
    expect(handled).toEqual(['frontend'])
    expect(response.headers.has('deprecation')).toBe(stage === 'previous')
    expect(events.map(({ type }) => type)).toEqual(stage === 'previous' ? ['retiring'] : [])
  })

  it('tells the sender that its key retires, and the operator who it is, once', async () => {
    const { url, live, events } = await setUp()
    const end = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 60_000)
    live.update(verifiersOf(keys, { previous: end }))
    for (let i = 0; i < 3; i++) {
      const { headers } = await fetch(url, {
        headers: { authorization: `Bearer ${keys.previous}` },
      })
      const since = Number(headers.get('deprecation')?.slice(1)) * 1_000
      expect(Math.abs(Date.now() - since)).toBeLessThan(30_000)
      expect(headers.get('sunset')).toBe(end.toUTCString())
    }
    const [caller, version] = ['frontend', versionOf(keys.previous)]
    const source = expect.stringMatching(/127\.0\.0\.1$/) as unknown
    const keyId = keyIdIn(keys.previous)
    expect(events).toEqual([
      { type: 'retiring', caller, keyId, stage: 'previous', version, source },
    ])
    expect(live.usage.report().versions).toMatchObject([
      { version, sources: [{ source, uses: 3 }] },
    ])
  })

  it('R24 reads the source for a key that it does not know yet, and then lets it in', async () => {
    const { url, live, events } = await setUp()
    const response = await fetch(url, { headers: { authorization: `Bearer ${lateKey}` } })
    expect([response.status, await response.text()]).toEqual([200, 'hello frontend'])
    expect(events).toEqual([])
    expect(live.usage.report().failures).toBe(0)
  })

  it('R27 answers 429 to a source that fails too often, and tells of it once', async () => {
    const { url, events } = await setUp({ failuresPerMinute: 2 })
    const statuses = []
    for (let i = 0; i < 5; i++) {
      const response = await fetch(url, { headers: { authorization: 'Bearer junk' } })
      const wait = Number(response.headers.get('retry-after'))
      statuses.push([response.status, response.headers.get('www-authenticate'), wait > 0])
      await response.body?.cancel()
    }
    const [refused, limited] = [
      [401, 'Bearer', false],
      [429, 'Bearer', true],
    ]
    expect(statuses).toEqual([refused, refused, limited, limited, limited])
    expect(events).toMatchObject([
      { reason: 'malformed' },
      { reason: 'malformed' },
      { reason: 'malformed', limited: { isFirst: true } },
    ])
    const good = await fetch(url, { headers: { authorization: `Bearer ${keys.current}` } })
    expect(good.status).toBe(200)
  })

  it('answers the proof of an accepted key by itself, without a body, and of no other key', async () => {
    const { url, live, handled } = await setUp()
    const prove = async (key: string, init: RequestInit = {}) => {
      const headers = { authorization: `Bearer ${key}` }
      const response = await fetch(new URL('/api-key/proof', url), { ...init, headers })
      const { status } = response
      return [status, response.headers.get('cache-control'), await response.text()]
    }
    expect(await prove(keys.pending)).toEqual([204, 'no-store', ''])
    expect(live.usage.report().versions).toMatchObject([
      { version: versionOf(keys.pending), uses: 1 },
    ])
    expect(await prove(revoked)).toEqual([401, null, unauthorized.body])
    expect(await prove(forged)).toEqual([401, null, unauthorized.body])
    expect(handled).toEqual([])
    expect(await prove(keys.current, { method: 'POST' })).not.toContain(204)
  })

  it('takes the name of the scheme in any case', async () => {
    const { url } = await setUp()
    const response = await fetch(url, { headers: { authorization: `bEARER ${keys.current}` } })
    expect(response.status).toBe(200)
  })

  it('answers no request wrongly while keys rotate under load', async () => {
    const { url, live } = await setUp()
    const headers = { authorization: `Bearer ${keys.current}` }
    const requests = Array.from({ length: 100 }, async (_, i) => {
      if (i % 2 === 0) live.update(verifiersOf({ current: newKey(), previous: keys.current }))
      else live.update(verifiersOf({ current: keys.current, pending: newKey() }))
      return (await fetch(url, { headers })).status
    })
    expect(new Set(await Promise.all(requests))).toEqual(new Set([200]))
  })
})
