import { inspect } from 'node:util'
import { setTimeout as delay } from 'node:timers/promises'
import { parseTlsIdentity } from '@rekey/tls-identity'
import { expect, it, onTestFinished } from 'vitest'
import { answerOf, openFakeWorkloadApi, root } from '../test/fake-workload-api.support.ts'
import { openSpiffeSource, type SpiffeSourceOptions } from './index.ts'

const NAME = 'TLS_SHOP'
const DENIED = Object.assign(new Error('no identity issued'), { code: 7 })

async function open(socket: string, options: Partial<SpiffeSourceOptions> = {}) {
  const source = await openSpiffeSource({ name: NAME, socket, ...options })
  onTestFinished(() => source[Symbol.asyncDispose]())
  return source
}

it('gives the identity as the text that tlsIdentity reads, its fingerprint as version, and the roots', async () => {
  const socket = await openFakeWorkloadApi((stream) => stream.write(answerOf('shop')))
  const source = await open(socket)
  const { current } = await source.read(NAME)
  const identity = parseTlsIdentity(current.value.expose())
  expect(identity.fingerprint).toBe(current.version)
  expect(current.expiresAt).toEqual(identity.notAfter)
  expect(source.roots).toBe(root.pem)
  expect(inspect([source, current], { depth: 9, showHidden: true })).not.toContain('PRIVATE KEY')
})

it('sends the header that the Workload API asks for', async () => {
  let header: unknown
  const socket = await openFakeWorkloadApi((stream) => {
    header = stream.metadata.get('workload.spiffe.io')
    stream.write(answerOf('shop'))
  })
  await (await open(socket)).read(NAME)
  expect(header).toEqual(['true'])
})

it('takes a denial before the first identity for no answer yet', async () => {
  const socket = await openFakeWorkloadApi((stream, before) => {
    if (before < 2) stream.emit('error', DENIED)
    else stream.write(answerOf('shop'))
  })
  expect((await (await open(socket)).read(NAME)).name).toBe(NAME)
})

it.each([
  ['forbidden', 'a denial that goes on', (): Error => DENIED],
  ['unreachable', 'any other failure', () => Object.assign(new Error('secret'), { code: 13 })],
  ['malformed', 'an answer that is cut', () => answerOf('shop').subarray(0, 300)],
  ['malformed', 'roots that are cut', () => answerOf('shop').subarray(0, -10)],
  ['malformed', 'an answer that is none', () => Buffer.from('nonsense')],
  ['missing', 'another identity than the wanted one', () => answerOf('other')],
])('answers %s for %s', async (code, _what, answer) => {
  const socket = await openFakeWorkloadApi((stream) => {
    const given = answer()
    if (given instanceof Error) stream.emit('error', given)
    else stream.write(given)
  })
  const source = await open(socket, { firstWithinMs: 300, spiffeId: 'spiffe://rekey.test/shop' })
  const error: unknown = await source.read(NAME).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code })
  expect(error).not.toHaveProperty('cause')
  expect(inspect(error)).not.toContain('secret')
})

it('answers unreachable where no agent listens, and missing for another secret', async () => {
  const source = await open('unix:///nowhere/agent.sock', { firstWithinMs: 200 })
  await expect(source.read(NAME)).rejects.toMatchObject({ code: 'unreachable' })
  await expect(source.read('API_KEY')).rejects.toMatchObject({ code: 'missing' })
})

it('refuses an address that others could listen on', async () => {
  const opening = openSpiffeSource({ name: NAME, socket: 'tcp://127.0.0.1:8081' })
  await expect(opening).rejects.toMatchObject({ code: 'malformed' })
})

it('takes the first of several identities, or the one that is named', async () => {
  const [first, second] = [answerOf('first'), answerOf('second')]
  const socket = await openFakeWorkloadApi((stream) => stream.write(Buffer.concat([first, second])))
  const alone = await open(await openFakeWorkloadApi((stream) => stream.write(first)))
  const { revision } = await alone.read(NAME)
  expect((await (await open(socket)).read(NAME)).revision).toBe(revision)
  const named = await open(socket, { spiffeId: 'spiffe://rekey.test/second' })
  expect((await named.read(NAME)).revision).not.toBe(revision)
})

it.each([
  ['forbidden', 7],
  ['unreachable', 14],
])(
  'gives the last identity while it is %s, until its end, and the next one by watch',
  async (code, status) => {
    let isOpen = true
    const socket = await openFakeWorkloadApi((stream, before) => {
      if (!isOpen) stream.emit('error', Object.assign(new Error(code), { code: status }))
      else stream.write(answerOf('shop', before === 0 ? new Date(Date.now() + 2_500) : undefined))
      if (before === 0) {
        isOpen = false
        stream.end()
      }
    })
    const source = await open(socket)
    const first = await source.read(NAME)
    await delay(400)
    expect((await source.read(NAME)).revision).toBe(first.revision)
    await delay(2_500)
    await expect(source.read(NAME)).rejects.toMatchObject({ code })
    expect(() => source.roots).toThrow('SPIFFE agent')
    isOpen = true
    const changes = source.watch(NAME, AbortSignal.timeout(10_000))[Symbol.asyncIterator]()
    const { value } = (await changes.next()) as { value: { revision: string } }
    expect(value.revision).not.toBe(first.revision)
    expect((await source.read(NAME)).revision).toBe(value.revision)
  },
  20_000,
)

it('skips what a malformed answer says, and keeps the good one', async () => {
  const socket = await openFakeWorkloadApi((stream, before) => {
    if (before === 0) stream.write(answerOf('shop'))
    stream.write(Buffer.from('nonsense'))
  })
  const source = await open(socket)
  const { revision } = await source.read(NAME)
  await delay(300)
  expect((await source.read(NAME)).revision).toBe(revision)
})

it('ends a watch with its signal, and everything when it is closed', async () => {
  const source = await open(await openFakeWorkloadApi((stream) => stream.write(answerOf('shop'))))
  await source.read(NAME)
  const changes = source.watch(NAME, AbortSignal.timeout(50))[Symbol.asyncIterator]()
  expect(await changes.next()).toEqual({ done: true, value: undefined })
})
