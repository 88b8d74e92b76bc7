// @lane servers
import { inspect } from 'node:util'
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { createFakeClock, Secret } from '@rekey/secret'
import { describe, expect, it } from 'vitest'
import {
  found,
  NAME,
  openStore,
  random,
  useAwsServer,
} from '../../../test/store/aws/aws.support.ts'
import { type Fault, openFaultProxy } from '../../../test/store/aws/fault-proxy.support.ts'
import { openAwsStore } from './index.ts'

const THROTTLED: Fault = { status: 400, type: 'ThrottlingException' }

describe.runIf(found)('a store whose service is in trouble', { timeout: 60_000 }, () => {
  const server = useAwsServer()

  /** A store behind a proxy, with a secret that it has read. */
  async function openBehindProxy(options: Parameters<typeof openStore>[1] = {}) {
    const proxy = await openFaultProxy(server().endpoint)
    const fixture = await openStore(server(), { endpoint: proxy.endpoint, ...options })
    const first = await fixture.store.create(NAME, random())
    await fixture.store.read(NAME)
    proxy.seen.length = 0
    const put = async (value: string) => {
      const version = { SecretId: fixture.secretId, SecretString: value }
      await fixture.client.send(new PutSecretValueCommand(version))
      return value
    }
    return { ...fixture, proxy, first, put }
  }

  it('S24 1,000 reads at the same time are one request, and no value is fetched again', async () => {
    const { store, proxy, first } = await openBehindProxy()
    const reads = await Promise.all(Array.from({ length: 1_000 }, () => store.read(NAME)))
    expect(proxy.seen).toEqual(['DescribeSecret'])
    expect(new Set(reads.map(({ revision }) => revision))).toEqual(new Set([first.revision]))
  })

  it('S24 a caller that gives up does not take the answer from the others', async () => {
    const { store, proxy, first } = await openBehindProxy()
    const impatient = new AbortController()
    const both = [store.read(NAME, impatient.signal), store.read(NAME)] as const
    impatient.abort(new Error('not any longer'))
    await expect(both[0]).rejects.toThrow('not any longer')
    expect((await both[1]).revision).toBe(first.revision)
    expect(proxy.seen).toEqual(['DescribeSecret'])
  })

  it('S23 values that are throttled are asked for again after a random wait, and then it says so', async () => {
    const waits: number[] = []
    const random = () => {
      waits.push(waits.length)
      return 0.01
    }
    const { store, proxy, put, first } = await openBehindProxy({ random })
    proxy.decide = (operation) => (operation === 'GetSecretValue' ? THROTTLED : 'pass')
    expect((await store.read(NAME)).revision).toBe(first.revision)
    await put(Secret.of('x', NAME).expose().repeat(40))
    proxy.seen.length = 0
    await expect(store.read(NAME)).rejects.toMatchObject({
      code: 'unreachable',
      details: { reason: 'throttled', operation: 'GetSecretValue' },
    })
    expect(proxy.seen).toEqual(['DescribeSecret', ...Array<string>(3).fill('GetSecretValue')])
    expect(waits).toHaveLength(2)
    let throttled = 2
    proxy.decide = (operation) => {
      if (operation !== 'GetSecretValue' || throttled === 0) return 'pass'
      throttled -= 1
      return THROTTLED
    }
    expect((await store.read(NAME)).previous?.version).toBe(first.current.version)
  })

  it('S21 of two changes within one TTL a watch tells the newest alone', async () => {
    const clock = createFakeClock()
    const { store, put, proxy } = await openBehindProxy({ clock, ttlMs: 60_000, random: () => 1 })
    const stop = new AbortController()
    const seen: string[] = []
    const watching = (async () => {
      for await (const { current } of store.watch(NAME, stop.signal)) {
        seen.push(current.value.expose())
      }
    })()
    await expect.poll(() => proxy.seen).toEqual(['DescribeSecret'])
    await put(random().expose())
    const newest = await put(random().expose())
    await clock.advance(59_999)
    expect(seen).toEqual([])
    await clock.advance(1)
    await expect.poll(() => seen).toEqual([newest])
    stop.abort()
    await watching
  })

  const OUTCOMES: [string, Fault, object][] = [
    ['throttled', THROTTLED, { code: 'unreachable', reason: 'throttled' }],
    ['down', { status: 503, type: 'X' }, { code: 'unreachable', reason: 'server-error' }],
    [
      'internally broken',
      { status: 500, type: 'InternalServiceError' },
      { code: 'unreachable', reason: 'server-error' },
    ],
    ['cut off', 'cut', { code: 'unreachable', reason: 'connection' }],
    ['dripping', 'drip', { code: 'unreachable', reason: 'timeout' }],
    ['a portal', 'html', { code: 'unreachable', reason: 'unintelligible' }],
    ['not itself', 'empty', { code: 'unreachable', reason: 'unintelligible' }],
    [
      'forbidding',
      { status: 400, type: 'AccessDeniedException' },
      { code: 'forbidden', reason: 'access-denied' },
    ],
    [
      'without its key',
      { status: 400, type: 'DecryptionFailure' },
      { code: 'forbidden', reason: 'decryption' },
    ],
    [
      'tired of the token',
      { status: 400, type: 'ExpiredTokenException' },
      { code: 'forbidden', reason: 'bad-credentials' },
    ],
    [
      'empty',
      { status: 400, type: 'ResourceNotFoundException' },
      { code: 'missing', reason: 'absent' },
    ],
  ]

  it.each(OUTCOMES)('that is %s is told apart, and shows no value', async (_, fault, outcome) => {
    const { store, proxy, first } = await openBehindProxy({ timeoutMs: 500, random: () => 0 })
    proxy.decide = () => fault
    const value = random()
    const failures = await Promise.allSettled([
      store.read(NAME),
      store.stage(NAME, value, first.revision),
      store.create('OTHER', value),
    ])
    const errors = failures.map((f) => (f.status === 'rejected' ? (f.reason as Error) : undefined))
    const { code, reason } = outcome as { code: string; reason: string }
    expect(errors[0]).toMatchObject({ code, details: { reason, operation: 'DescribeSecret' } })
    const shown = errors.map(
      (e) => `${inspect(e, { depth: 9, showHidden: true })}${e?.stack ?? ''}`,
    )
    const secrets = [value, first.current.value].map((secret) => secret.expose())
    secrets.push(server().credentials.secretAccessKey)
    for (const secret of secrets) expect(shown.join()).not.toContain(secret)
  })

  it('that is killed is unreachable, and works again once it is back, without being opened anew', async () => {
    const { store } = await openStore(server())
    const { revision } = await store.create(NAME, random())
    await server().stop()
    const unreachable = { code: 'unreachable', details: { reason: 'connection' } }
    await expect(store.read(NAME)).rejects.toMatchObject(unreachable)
    await expect(store.stage(NAME, random(), revision)).rejects.toMatchObject(unreachable)
    await server().start()
    expect((await store.read(NAME)).revision).toBe(revision)
  })

  it('that stands still is unreachable after the time limit', async () => {
    const { store } = await openStore(server(), { timeoutMs: 300 })
    const { revision } = await store.create(NAME, random())
    await server().pause()
    const timedOut = { code: 'unreachable', details: { reason: 'timeout' } }
    await expect(store.read(NAME)).rejects.toMatchObject(timedOut)
    server().resume()
    await expect.poll(() => store.read(NAME)).toMatchObject({ revision })
  })

  it('that was closed aborts what is under way', async () => {
    const { store, proxy } = await openBehindProxy()
    proxy.decide = () => 'drip'
    const reading = store.read(NAME)
    await store[Symbol.asyncDispose]()
    await expect(reading).rejects.toMatchObject({ code: 'unreachable' })
  })

  it('is not opened under a prefix that no secret can have', async () => {
    const malformed = { code: 'malformed' }
    for (const prefix of ['not this', 'vpn/', 'vpn*', '']) {
      await expect(openAwsStore({ prefix })).rejects.toMatchObject(malformed)
    }
  })
})
