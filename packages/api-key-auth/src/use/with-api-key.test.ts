import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { createLiveSecret, type SettableSecret } from '@rekey/secret/internal'
import { SecretError } from '@rekey/secret'
import { type ApiKey, createKeyring, withApiKey, apiKeyAuth } from '../index.ts'
import type { SendEvent } from '../internal.ts'
import {
  keyIdIn,
  type Keys,
  newKey,
  receiverWith,
  sendersOf,
  versionOf,
} from '../../test/live-keys.support.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A real server on a port of its own. */
async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A receiver that accepts `accepted`, answers with the body it got, and notes the id of every key that it is shown. */
async function receive(accepted: Keys) {
  const live = receiverWith(accepted)
  const shown: string[] = []
  const guarded = apiKeyAuth({ keyring: createKeyring({ frontend: live }) })((
    request,
    response,
  ) => {
    request.pipe(response)
  })
  const origin = await listen((request, response) => {
    shown.push(keyIdIn(request.headers.authorization ?? ''))
    guarded(request, response)
  })
  return { origin, live, shown }
}

interface Sending {
  readonly origins: string[]
  readonly refresh?: (live: SettableSecret<ApiKey>) => Promise<void>
  readonly refreshWaitMs?: number
}

function send(keys: Keys, { origins, refresh, refreshWaitMs = 5_000 }: Sending) {
  const events: SendEvent[] = []
  let reads = 0
  const live: SettableSecret<ApiKey> = createLiveSecret(sendersOf(keys), {
    refresh: async () => {
      reads += 1
      await refresh?.(live)
    },
  })
  const onEvent = (event: SendEvent) => events.push(event)
  const authorized = withApiKey(live, { origins, onEvent, refreshWaitMs })(fetch)
  return { live, events, authorized, reads: () => reads }
}

const never = () => new Promise<void>(() => undefined)

describe('a sender whose key is accepted', () => {
  it('shows the current key, and no other', async () => {
    const keys = { pending: newKey(), current: newKey(), previous: newKey() }
    const { origin, shown } = await receive(keys)
    const { authorized, live, events, reads } = send(keys, { origins: [origin] })
    expect((await authorized(`${origin}/path`)).status).toBe(200)
    expect(shown).toEqual([keyIdIn(keys.current)])
    expect(live.usage.report().versions).toMatchObject([{ uses: 1 }])
    expect([events, reads()]).toEqual([[], 0])
  })

  it('follows its live secret from one request to the next', async () => {
    const [old, fresh] = [newKey(), newKey()]
    const { origin, shown } = await receive({ current: old, pending: fresh })
    const { authorized, live } = send({ current: old }, { origins: [origin] })
    await authorized(origin)
    live.update(sendersOf({ current: fresh, previous: old }))
    await authorized(new Request(origin))
    expect(shown).toEqual([old, fresh].map(keyIdIn))
  })

  it('keeps the headers of the request, but for the one that is its own', async () => {
    const current = newKey()
    const origin = await listen((request, response) => {
      const { authorization, 'x-trace': trace } = request.headers
      response.end(JSON.stringify([authorization === `Bearer ${current}`, trace]))
    })
    const { authorized } = send({ current }, { origins: [origin] })
    const headers = { authorization: 'Bearer mine', 'x-trace': '7' }
    expect(await (await authorized(origin, { headers })).json()).toEqual([true, '7'])
    expect(await (await authorized(new Request(origin, { headers }))).json()).toEqual([true, '7'])
  })

  it('takes any other failure for what it is', async () => {
    const origin = await listen((_, response) => response.writeHead(503).end())
    const { authorized, events, reads } = send(
      { current: newKey(), previous: newKey() },
      { origins: [origin] },
    )
    expect((await authorized(origin)).status).toBe(503)
    expect([events, reads()]).toEqual([[], 0])
  })
})

describe('a sender whose key is refused', () => {
  it('R24 that switched too early falls back to the old key once, and tells', async () => {
    const [old, fresh] = [newKey(), newKey()]
    const { origin, live: receiver, shown } = await receive({ current: old })
    const { authorized, live, events, reads } = send(
      { current: fresh, previous: old },
      { origins: [origin] },
    )
    const response = await authorized(origin, { method: 'POST', body: 'the whole body' })
    expect([response.status, await response.text()]).toEqual([200, 'the whole body'])
    expect(shown).toEqual([fresh, old].map(keyIdIn))
    const [keyId, retriedWith] = shown
    expect(events).toEqual([
      { type: 'unauthorized', name: 'API_KEY_SIGNING_SIGNING', keyId, retriedWith, status: 200 },
    ])
    expect([reads(), live.usage.report().failures, receiver.usage.report().failures]).toEqual([
      1, 1, 1,
    ])
    expect(live.usage.report().versions).toMatchObject([
      { version: versionOf(fresh), uses: 1, failures: 1 },
      { version: versionOf(old), uses: 1, failures: 0 },
    ])
  })

  it('that is late uses the pending key, before the previous one', async () => {
    const keys = { pending: newKey(), current: newKey(), previous: newKey() }
    const { origin, shown } = await receive({ current: keys.pending })
    const { authorized } = send(keys, { origins: [origin] })
    expect((await authorized(origin)).status).toBe(200)
    expect(shown).toEqual([keys.current, keys.pending].map(keyIdIn))
  })

  it('that has no other key waits for the source, and uses what it finds there', async () => {
    const [old, fresh] = [newKey(), newKey()]
    const { origin } = await receive({ current: fresh })
    const refresh = async (live: SettableSecret<ApiKey>) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      live.update(sendersOf({ current: fresh }))
    }
    const { authorized } = send({ current: old }, { origins: [origin], refresh })
    expect((await authorized(origin)).status).toBe(200)
  })

  it('tries two keys and not a third, and returns the last answer whole', async () => {
    const { origin, shown } = await receive({ current: newKey() })
    const keys = { pending: newKey(), current: newKey(), previous: newKey() }
    const { authorized, events } = send(keys, { origins: [origin] })
    const response = await authorized(origin)
    expect([response.status, await response.json()]).toEqual([401, { error: 'unauthorized' }])
    expect(shown).toHaveLength(2)
    expect(events).toMatchObject([{ status: 401, retriedWith: keyIdIn(keys.pending) }])
  })

  it('returns the refusal whole when there is nothing else to try', async () => {
    const { origin, shown } = await receive({ current: newKey() })
    const { authorized, events } = send({ current: newKey() }, { origins: [origin] })
    const response = await authorized(origin)
    expect([response.status, await response.json()]).toEqual([401, { error: 'unauthorized' }])
    expect(shown).toHaveLength(1)
    expect(events).toMatchObject([{ type: 'unauthorized', status: 401 }])
    expect(events[0]).not.toHaveProperty('retriedWith')
  })

  it('does not wait for ever on a source that hangs', async () => {
    const { origin } = await receive({ current: newKey() })
    const { authorized } = send(
      { current: newKey() },
      { origins: [origin], refresh: never, refreshWaitMs: 20 },
    )
    expect((await authorized(origin)).status).toBe(401)
  })

  it('does not wait at all on a source that hangs when it has another key', async () => {
    const [old, fresh] = [newKey(), newKey()]
    const { origin } = await receive({ current: old })
    const sending = { origins: [origin], refresh: never, refreshWaitMs: 1e9 }
    const { authorized } = send({ current: fresh, previous: old }, sending)
    expect((await authorized(origin)).status).toBe(200)
  })

  it('tells when the source cannot be read, and answers all the same', async () => {
    const { origin } = await receive({ current: newKey() })
    const refresh = () => Promise.reject(new SecretError('unreachable', 'no answer'))
    const { authorized, events } = send({ current: newKey() }, { origins: [origin], refresh })
    expect((await authorized(origin)).status).toBe(401)
    expect(events[0]).toMatchObject({ type: 'refresh-failed', code: 'unreachable' })
  })

  it('does not send a stream twice', async () => {
    const keys = { current: newKey(), previous: newKey() }
    const { origin, shown } = await receive({ current: keys.previous })
    const { authorized } = send(keys, { origins: [origin] })
    const stream = { method: 'POST', body: new Blob(['x']).stream(), duplex: 'half' } as const
    expect((await authorized(origin, stream)).status).toBe(401)
    expect((await authorized(new Request(origin, { method: 'POST', body: 'x' }))).status).toBe(401)
    expect(shown).toHaveLength(2)
  })

  it.each([
    ['text', () => 'x=1'],
    ['bytes', () => Buffer.from('x=1')],
    ['a form', () => new URLSearchParams({ x: '1' })],
    ['a blob', () => new Blob(['x=1'])],
  ])('sends %s again in full', async (_, body) => {
    const keys = { current: newKey(), previous: newKey() }
    const { origin } = await receive({ current: keys.previous })
    const { authorized } = send(keys, { origins: [origin] })
    const response = await authorized(origin, { method: 'POST', body: body() })
    expect([response.status, await response.text()]).toEqual([200, 'x=1'])
  })
})

describe('a sender whose key retires', () => {
  const answering = (headers: Record<string, string>) =>
    listen((_, response) => response.writeHead(200, headers).end())

  it('hears of it once, and reads the source', async () => {
    const [old, fresh] = [newKey(), newKey()]
    const { origin, shown } = await receive({ current: fresh, previous: old })
    const refresh = (live: SettableSecret<ApiKey>) => {
      live.update(sendersOf({ current: fresh, previous: old }))
      return Promise.resolve()
    }
    const { authorized, events, reads } = send({ current: old }, { origins: [origin], refresh })
    for (let i = 0; i < 3; i++) expect((await authorized(origin)).status).toBe(200)
    expect(events).toMatchObject([
      { type: 'retiring', keyId: keyIdIn(old), version: versionOf(old) },
    ])
    expect(reads()).toBe(1)
    expect(shown).toEqual([old, fresh, fresh].map(keyIdIn))
  })

  it('learns since when and until when, in milliseconds', async () => {
    const [since, until] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2)]
    const origin = await answering({
      deprecation: `@${since / 1_000}`,
      sunset: new Date(until).toUTCString(),
    })
    const { authorized, events } = send({ current: newKey() }, { origins: [origin] })
    for (let i = 0; i < 3; i++) await authorized(origin)
    expect(events).toEqual([expect.objectContaining({ type: 'retiring', since, until })])
  })

  it.each(['true', '@', '@1.5', 'Thu, 01 Jan 2026 00:00:00 GMT', '@1e3'])(
    'takes a header with %j for none',
    async (deprecation) => {
      const origin = await answering({ deprecation })
      const { authorized, events } = send({ current: newKey() }, { origins: [origin] })
      expect((await authorized(origin)).status).toBe(200)
      expect(events).toEqual([])
    },
  )
})

describe('a sender at an address where too much has failed', () => {
  it('uses its other key, as after a 401', async () => {
    const [old, fresh] = [newKey(), newKey()]
    const live = receiverWith({ current: old })
    const keyring = createKeyring({ frontend: live }, { failuresPerMinute: 0 })
    const origin = await listen(apiKeyAuth({ keyring })((_, response) => response.end()))
    const { authorized, events } = send({ current: fresh, previous: old }, { origins: [origin] })
    expect((await authorized(origin)).status).toBe(200)
    expect(events).toMatchObject([{ type: 'unauthorized', retriedWith: keyIdIn(old) }])
  })

  it('takes 429 without a challenge for what it is', async () => {
    const origin = await listen((_, response) => response.writeHead(429).end())
    const keys = { current: newKey(), previous: newKey() }
    const { authorized, events } = send(keys, { origins: [origin] })
    expect((await authorized(origin)).status).toBe(429)
    expect(events).toEqual([])
  })
})

describe('a key', () => {
  it('goes to no origin that is not allowed', async () => {
    const { origin, shown } = await receive({ current: newKey() })
    const { authorized } = send({ current: newKey() }, { origins: ['https://signing.test'] })
    const targets = [
      origin,
      new URL(origin),
      new Request(origin),
      'https://signing.test:444',
      'signing',
      'data:,x',
    ]
    for (const target of targets) {
      await expect(authorized(target)).rejects.toMatchObject({ code: 'refused' })
    }
    expect(shown).toEqual([])
  })

  it.each([
    'https://user:hunter2hunter2@signing.test',
    'https://hunter2hunter2@signing.test/path',
    'https://signing.test@evil.test/hunter2hunter2',
    'https://evil.test/hunter2hunter2?https://signing.test',
    'https://evil.test/hunter2hunter2#@signing.test',
    'https://evil.test\\hunter2hunter2@signing.test',
    'https://signing.test.evil.test/hunter2hunter2',
    'https://signing.test./hunter2hunter2',
    'http://signing.test/hunter2hunter2',
    'blob:https://signing.test/hunter2hunter2',
  ])('is not sent to %s, nor does the refusal repeat what may be secret in it', async (target) => {
    const { authorized } = send({ current: newKey() }, { origins: ['https://signing.test'] })
    const error: unknown = await authorized(target).then(String, (error: unknown) => error)
    expect((error as SecretError).code).toMatch(/refused|malformed/)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2')
  })

  it.each([
    ['http://signing.test', 'signing.test'],
    ['http://10.0.0.7:9090', '10.0.0.7:9090'],
    ['http://localhost.evil.test', 'localhost.evil.test'],
    ['http://127.0.0.1.nip.io', '127.0.0.1.nip.io'],
  ])('is not given to %s, since it would leave the machine in clear text', (origin, host) => {
    expect(() => send({ current: newKey() }, { origins: [origin] })).toThrow(
      expect.objectContaining({
        code: 'refused',
        details: expect.objectContaining({ host }) as unknown,
      }),
    )
  })

  it('goes to the URL that was checked, though its object leads elsewhere on the next look', async () => {
    const keys = { current: newKey(), previous: newKey() }
    const allowed = await receive({ current: keys.previous })
    const evil = await receive({ current: keys.current })
    const { authorized } = send(keys, { origins: [allowed.origin] })
    const twoFaced = Object.defineProperty(new Request(evil.origin), 'url', {
      value: allowed.origin,
    })
    let reads = 0
    const turning = Object.assign(new URL(evil.origin), {
      toString: () => [allowed.origin][reads++] ?? evil.origin,
    })
    expect((await authorized(turning)).status).toBe(200)
    expect((await authorized(twoFaced)).status).toBe(200)
    const moved = new URL(allowed.origin)
    const sent = authorized(moved)
    moved.port = new URL(evil.origin).port
    expect((await sent).status).toBe(200)
    expect(evil.shown).toEqual([])
    expect(allowed.shown).toHaveLength(6)
  })

  it('goes along with everything else that a request holds', async () => {
    const current = newKey()
    const { origin } = await receive({ current })
    const { authorized } = send({ current }, { origins: [origin] })
    const stop = new AbortController()
    const { signal } = stop
    const request = () => new Request(origin, { method: 'POST', body: 'the body', signal })
    for (const response of [
      await authorized(request()),
      await authorized(request(), { keepalive: false }),
      await authorized(origin, request()),
    ]) {
      expect([response.status, await response.text()]).toEqual([200, 'the body'])
    }
    stop.abort(new Error('enough'))
    await expect(authorized(request())).rejects.toThrow('enough')
  })

  it('does not follow a redirect, not even when the caller asks for it', async () => {
    let visits = 0
    const elsewhere = await listen((_, response) => response.end(String((visits += 1))))
    const origin = await listen((_, response) =>
      response.writeHead(307, { location: elsewhere }).end(),
    )
    const { authorized } = send({ current: newKey() }, { origins: [origin] })
    expect((await authorized(origin, { redirect: 'follow' })).status).toBe(307)
    expect((await authorized(new Request(origin))).status).toBe(307)
    expect(visits).toBe(0)
  })

  it('is in no error and no event when the connection is cut', async () => {
    const origin = await listen((request) => request.socket.destroy())
    const current = newKey()
    const { authorized, events } = send({ current }, { origins: [origin] })
    const error: unknown = await authorized(origin).then(String, (error: unknown) => error)
    expect(error).toBeInstanceOf(TypeError)
    const shown = inspect([error, events], { depth: 12, showHidden: true })
    expect(shown).not.toContain(current.split('_')[3])
  })

  it.each([
    'https://signing.test/',
    'https://SIGNING.test',
    'https://signing.test:443',
    'signing',
    '',
  ])('cannot be given to %j, which is no origin', (origin) => {
    expect(() => send({ current: newKey() }, { origins: [origin] })).toThrow(
      expect.objectContaining({ code: 'malformed' }),
    )
  })
})
