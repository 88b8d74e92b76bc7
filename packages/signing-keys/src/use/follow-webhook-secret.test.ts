import { randomBytes } from 'node:crypto'
import { rollBack } from '@rekey/rekey/engine'
import { isExhaustive } from '@rekey/testbed'
import { Webhook } from 'standardwebhooks'
import { expect, it, onTestFinished } from 'vitest'
import { openShop, type Replica, WEBHOOK } from '../../test/signing-shop.support.ts'
import { webhookSecret } from '../spec/webhook-secret.ts'
import { followWebhookSecret } from './follow-webhook-secret.ts'

const follow = ({ orders }: Replica) => {
  const webhooks = followWebhookSecret(orders)
  onTestFinished(webhooks.close)
  return webhooks
}

const body = JSON.stringify({ type: 'order.paid', data: { sum: 12.5, to: 'Zoë' } })
const message = { id: 'msg_1', body }
const ROTATIONS = isExhaustive ? 50 : 5
const LIMIT_MS = ROTATIONS * 20_000

it(
  `through ${ROTATIONS} rotations a receiver with the old secret verifies each message until the overlap ends, and one with the new secret from the switch on`,
  async () => {
    const { store, replicas, webhookKind, run } = await openShop()
    const senders = replicas.map(follow)
    const counts = { refused: 0, signatures: new Set<number>(), lateOld: 0 }
    for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
      const before = (await store.read(WEBHOOK)).current.value.expose()
      const receivers = [new Webhook(before)]
      const send = () => {
        for (const sender of senders) {
          const headers = sender.headers(message)
          counts.signatures.add(headers['webhook-signature']?.split(' ').length ?? 0)
          for (const receiver of receivers) {
            try {
              expect(receiver.verify(body, headers)).toEqual(JSON.parse(body))
            } catch {
              counts.refused += 1
            }
          }
          // One that has not changed over verifies what the other one sends.
          for (const reader of senders) expect(reader.verify(headers, body)).toBe('msg_1')
        }
      }
      await run(webhookKind(30), {
        async onEvent({ step, phase }) {
          const { current } = await store.read(WEBHOOK)
          const isSwitched = current.value.expose() !== before
          if (isSwitched && receivers.length === 1)
            receivers.push(new Webhook(current.value.expose()))
          if (step === 'revoke' && phase === 'begin') receivers.shift()
          send()
        },
      })
      send()
      const [sender] = senders as [(typeof senders)[0]]
      expect(() => new Webhook(before).verify(body, sender.headers(message))).toThrow('No matching')
      counts.lateOld += 1
    }
    expect(counts).toEqual({ refused: 0, signatures: new Set([1, 2]), lateOld: ROTATIONS })
  },
  LIMIT_MS,
)

it('a leaked secret signs no more at once', async () => {
  const { replicas, webhookKind, run, first } = await openShop()
  const senders = replicas.map(follow)
  await run(webhookKind(3_600_000), { compromised: true })
  const old = new Webhook(first[WEBHOOK])
  for (const sender of senders) {
    expect(() => old.verify(body, sender.headers(message))).toThrow('No matching')
  }
})

it('rolled back after the switch: both sign for the overlap', async () => {
  const { store, replicas, webhookKind, run, journal, first } = await openShop()
  const [sender] = replicas.map(follow) as [ReturnType<typeof follow>]
  const kind = webhookKind(3_600_000)
  await expect(run(kind)).rejects.toMatchObject({ code: 'postponed', step: 'confirm' })
  const next = (await store.read(WEBHOOK)).current.value.expose()
  await expect(rollBack(kind, { store, journal })).rejects.toMatchObject({ code: 'postponed' })
  for (const secret of [next, first[WEBHOOK]]) {
    expect(new Webhook(secret).verify(body, sender.headers(message))).toBeDefined()
  }
})

it('a message of the library is verified, and one that is old, changed, forged or not signed is refused without its text', async () => {
  const { replicas, first } = await openShop({ replicas: 1 })
  const [webhooks] = replicas.map(follow) as [ReturnType<typeof follow>]
  const library = new Webhook(first[WEBHOOK])
  const headersOf = (at: Date, signature = library.sign('msg_1', at, body)) => ({
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': signature,
  })
  const at = new Date()
  const ago = (ms: number) => new Date(at.getTime() - ms)
  expect(webhooks.verify(headersOf(at), body)).toBe('msg_1')
  expect(
    webhooks.verify(headersOf(at, `v1a,x v1, ${headersOf(at)['webhook-signature']}`), body),
  ).toBe('msg_1')
  const refused = { code: 'rejected' }
  const isRefused = (headers: Record<string, string | undefined>, text = body) => {
    expect(() => webhooks.verify(headers, text)).toThrow(expect.objectContaining(refused))
    expect(() => webhooks.verify(headers, text)).not.toThrow('order.paid')
  }
  isRefused(headersOf(ago(302_000)))
  isRefused(headersOf(ago(-302_000)))
  isRefused(headersOf(at), `${body} `)
  isRefused({ ...headersOf(at), 'webhook-id': 'msg_2' })
  isRefused({ ...headersOf(at), 'webhook-timestamp': 'now' })
  isRefused({ ...headersOf(at), 'webhook-timestamp': '' })
  isRefused({ ...headersOf(at), 'webhook-signature': undefined })
  isRefused({})
  const stranger = new Webhook(`whsec_${randomBytes(32).toString('base64')}`)
  isRefused(headersOf(at, stranger.sign('msg_1', at, body)))
  isRefused(headersOf(at, library.sign('msg_1', at, body).replace('v1,', 'v2,')))
  expect(() => webhooks.headers({ id: 'a.b', body })).toThrow('no dot')
})

const bytes = (count: number) => randomBytes(count).toString('base64')
const spec = webhookSecret('orders')

it.each([
  ['no prefix', bytes(32)],
  ['23 bytes', `whsec_${bytes(23)}`],
  ['65 bytes', `whsec_${bytes(65)}`],
  ['no base64', `whsec_${'!'.repeat(40)}`],
  ['a line break', `whsec_${bytes(32)}\n`],
])('a secret with %s is refused, and its text not shown', (_, text) => {
  expect(() => spec.parse(text)).toThrow(/whsec_ and 24 to 64 bytes.*rekey issue webhook-secret/)
  expect(() => spec.parse(text)).not.toThrow(text.slice(6, 30))
})

it.each([24, 33, 64])('a secret of a provider with %d bytes is taken as it is', (count) => {
  const text = `whsec_${bytes(count)}`
  expect(spec.parse(text)).toMatchObject({ value: text, nonProduction: false })
})
