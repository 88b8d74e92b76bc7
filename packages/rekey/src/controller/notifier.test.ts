import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFakeClock, Secret, systemClock } from '@rekey/secret'
import { Webhook as Verifier } from 'standardwebhooks'
import { expect, it, onTestFinished } from 'vitest'
import { Notifier } from './notifier.ts'
import type { Problem } from './problems.ts'
import { createWebhook } from './webhook.ts'

const ABOUT = { about: 'secret', name: 'KEY', kind: 'api-key' } as const
const STUCK: Problem = { ...ABOUT, problem: 'stuck', next: 'rekey status' }
const newKey = () => `whsec_${randomBytes(32).toString('base64')}`
const { signal } = new AbortController()

interface Received {
  readonly id: string
  readonly headers: Record<string, string>
  readonly body: string
}

/** A receiver that answers with the status that `answer` has for each request. */
async function openReceiver(answer: (n: number) => number = () => 204) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      )
      const body = Buffer.concat(parts).toString()
      received.push({ id: headers['webhook-id'] ?? '', headers, body })
      response.writeHead(answer(received.length)).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  return { url, received }
}

function notifierFor(url: string, keys: readonly string[] = [newKey()]) {
  const clock = createFakeClock()
  const failures: unknown[] = []
  const secrets = keys.map((key) => Secret.of(key, 'REKEY_WEBHOOK_KEY'))
  const receiver = createWebhook({ url, keys: secrets, clock: systemClock })
  const notifier = new Notifier({ receiver, clock, onFailure: (error) => failures.push(error) })
  return { notifier, clock, failures }
}

it('sends one signed message when a problem begins, one when it is over, and none in between', async () => {
  const { url, received } = await openReceiver()
  const key = newKey()
  const { notifier } = notifierFor(url, [key])
  for (const problems of [[STUCK], [STUCK], [STUCK], [], []]) {
    await notifier.update(problems, signal)
  }
  const verifier = new Verifier(key)
  const messages = received.map(({ headers, body }) => verifier.verify(body, headers))
  expect(messages).toEqual(
    ['secret.stuck.began', 'secret.stuck.ended'].map((type) => ({
      type,
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      data: { secret: 'KEY', kind: 'api-key', next: 'rekey status' },
    })),
  )
  expect(new Set(received.map(({ id }) => id)).size).toBe(2)
  expect(JSON.stringify(received)).not.toContain(key.slice(6))
})

it('names the directory of a CA', async () => {
  const { url, received } = await openReceiver()
  const { notifier } = notifierFor(url)
  const ca = { about: 'ca', name: '/var/lib/vpn-ca', next: 'rekey ca drill' } as const
  await notifier.update([{ ...ca, problem: 'undrilled' }], signal)
  expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({
    type: 'ca.undrilled.began',
    data: { ca: '/var/lib/vpn-ca', next: 'rekey ca drill' },
  })
})

it('is accepted by a receiver that has the old key or the new one, and by no other', async () => {
  const { url, received } = await openReceiver()
  const keys = [newKey(), newKey()]
  const { notifier } = notifierFor(url, keys)
  await notifier.update([STUCK], signal)
  const [{ headers, body } = { headers: {}, body: '' }] = received
  for (const key of keys) expect(new Verifier(key).verify(body, headers)).toBeDefined()
  expect(() => new Verifier(newKey()).verify(body, headers)).toThrow('signature')
  expect(() => new Verifier(keys[0] ?? '').verify(`${body} `, headers)).toThrow('signature')
})

it('tries a message again under the same id, less often each time, and reports the failure once', async () => {
  const { url, received } = await openReceiver((n) => (n < 4 ? 503 : 204))
  const { notifier, clock, failures } = notifierFor(url)
  for (let second = 0; second < 120; second += 1) {
    await notifier.update([STUCK], signal)
    await clock.advance(1_000)
  }
  expect(received).toHaveLength(4)
  expect(new Set(received.map(({ id }) => id)).size).toBe(1)
  expect(failures).toMatchObject([{ code: 'refused', details: { status: 503 } }, undefined])
})

it('mentions no problem that is over before the receiver could be reached', async () => {
  const { url, received } = await openReceiver((n) => (n === 1 ? 500 : 204))
  const { notifier, clock } = notifierFor(url)
  await notifier.update([STUCK], signal)
  await clock.advance(60_000)
  await notifier.update([], signal)
  expect(received).toHaveLength(1)
  await notifier.update([STUCK], signal)
  expect(received).toHaveLength(2)
  expect(received[0]?.id).not.toBe(received[1]?.id)
})

it('reports a receiver that is not there', async () => {
  const { notifier, failures } = notifierFor('http://127.0.0.1:9/hook')
  await notifier.update([STUCK], signal)
  expect(failures).toMatchObject([{ code: 'unreachable' }])
})

it('follows no redirect, which could lead a message to another receiver', async () => {
  const other = await openReceiver()
  const { url } = await openReceiver(() => 307)
  const { notifier, failures } = notifierFor(url)
  await notifier.update([STUCK], signal)
  expect(failures).toHaveLength(1)
  expect(other.received).toEqual([])
})

it.each([
  ['http://hooks.example/rekey', newKey(), 'refused'],
  ['no address', newKey(), 'malformed'],
  ['https://hooks.example/', randomBytes(32).toString('base64'), 'malformed'],
  ['https://hooks.example/', `whsec_${randomBytes(8).toString('base64')}`, 'malformed'],
  ['https://hooks.example/', `whsec_${randomBytes(24).toString('hex')}!`, 'malformed'],
])('refuses %s with a key of another form, and shows nothing of that', (url, key, code) => {
  const keys = [Secret.of(key, 'REKEY_WEBHOOK_KEY')]
  const open = () => createWebhook({ url, keys, clock: systemClock })
  expect(open).toThrow(expect.objectContaining({ code }))
  expect(open).not.toThrow(key)
})
