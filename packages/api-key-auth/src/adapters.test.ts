import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import { apiKeyAuth as expressAuth } from './express.ts'
import { apiKeyAuth as fastifyAuth } from './fastify.ts'
import { apiKeyAuth as honoAuth } from './hono.ts'
import { type ApiKeyAuthOptions, type AuthEvent, createKeyring } from './index.ts'
import { keyIdIn, newKey, receiverWith, sealed, verifiersOf } from './live-keys.test.support.ts'
import { apiKeyAuth as nodeAuth } from './node.ts'

interface Started {
  readonly url: string
  close(): Promise<unknown>
}
type Handle = (caller: string | undefined) => string

async function started(server: Server): Promise<Started> {
  if (!server.listening) await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { url: `http://127.0.0.1:${port}/`, close }
}

/** Each framework as a service would set it up, with a body parser behind the key. */
const FRAMEWORKS: Record<string, (auth: ApiKeyAuthOptions, handle: Handle) => Promise<Started>> = {
  'node:http': (auth, handle) => {
    const listener = nodeAuth(auth)((_, response, { caller }) => response.end(handle(caller)))
    return started(createServer(listener).listen(0, '127.0.0.1'))
  },
  fastify: async (auth, handle) => {
    const app = fastify()
    app.addHook('onRequest', fastifyAuth(auth))
    app.all('/', (incoming) => handle(incoming.caller?.caller))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return { ...(await started(app.server)), close: () => app.close() }
  },
  express: (auth, handle) => {
    const app = express().use(expressAuth(auth), express.json())
    app.all('/', (incoming, response) => void response.send(handle(incoming.caller?.caller)))
    return started(createServer(app).listen(0, '127.0.0.1'))
  },
  hono: (auth, handle) => {
    const app = new Hono().use(honoAuth(auth))
    app.all('/', (context) => context.text(handle(context.get('caller').caller)))
    return started(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server)
  },
}

const keys = { pending: newKey(), current: newKey(), previous: newKey() }
const revoked = newKey()
const forged = sealed(['rk', 'test', keyIdIn(keys.current), newKey().split('_')[3]].join('_'))

const refusals: [title: string, headers: Record<string, string>, event: Partial<AuthEvent>][] = [
  ['no header', {}, { reason: 'absent' }],
  ['an empty header', { authorization: '' }, { reason: 'malformed' }],
  ['another scheme', { authorization: `Basic ${keys.current}` }, { reason: 'malformed' }],
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
    { reason: 'unknown-key', keyId: keyIdIn(revoked), caller: 'frontend' },
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

  async function setUp() {
    const live = receiverWith({ current: keys.previous, previous: revoked })
    const keyring = createKeyring({ frontend: live })
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
    const retiring = { type: 'retiring', caller: 'frontend', keyId: keyIdIn(keys.previous) }
    expect(events).toEqual(stage === 'previous' ? [expect.objectContaining(retiring)] : [])
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
