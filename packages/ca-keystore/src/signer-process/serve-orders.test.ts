import { X509Certificate } from 'node:crypto'
import { duplexPair } from 'node:stream'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { days, newIntermediate, newRoot, orderFor } from '../../test/ca.support.ts'
import type { CaKeystore } from '../index.ts'
import { MAX_FRAME_BYTES, readFrames, writeFrame } from './frames.ts'
import { serveOrders, type ServingOptions } from './serve-orders.ts'

let ca: CaKeystore
beforeAll(async () => {
  ca = (await newIntermediate()).ca
})
afterAll(() => ca.close())

interface Answer {
  readonly id: number
  readonly result?: {
    readonly certificate: string
    readonly crl: string
    readonly register: string
  }
  readonly failure?: { readonly code: string; readonly details: { readonly reason: string } }
}

/** Serves a keystore, and asks it what a process that was taken over could ask. */
function open(keystore: CaKeystore = ca, options: ServingOptions = {}) {
  const [client, channel] = duplexPair()
  onTestFinished(() => void client.destroy())
  const served = serveOrders(channel, keystore, options)
  // A test that ends cuts the channel.
  served.catch(() => undefined)
  const answers: Answer[] = []
  let wake: () => void = () => undefined
  void readFrames(client, (answer) => {
    answers.push(answer as Answer)
    wake()
  }).catch(() => undefined)
  async function ask(...requests: object[]): Promise<Answer[]> {
    for (const request of requests) writeFrame(client, request)
    while (answers.length < requests.length) await new Promise<void>((resolve) => (wake = resolve))
    return answers.splice(0)
  }
  return { client, served, ask }
}

const order = (certificate: object) => ({ id: 1, order: 'certificate', certificate })

it('issues what is ordered, whatever the parts in which the order comes', async () => {
  const { client, ask } = open()
  const [answer] = await ask(order(orderFor()))
  expect(new X509Certificate(answer?.result?.certificate ?? '').ca).toBe(false)
  const json = Buffer.from(JSON.stringify({ id: 7, order: 'ping' }))
  for (const byte of [0, 0, 0, json.length, ...json]) client.write(Buffer.of(byte))
  const [first] = await ask({ id: 8, order: 'ping' })
  expect(first).toEqual({ id: 7, result: null })
})

it('answers each of many orders under its own id', async () => {
  const { ask } = open()
  const ids = Array.from({ length: 20 }, (_, id) => id)
  const answers = await ask(
    ...ids.map((id) => {
      const commonName = `client ${id}`
      return { ...order(orderFor({ subject: { commonName } })), id }
    }),
  )
  for (const { id, result } of answers) {
    expect(new X509Certificate(result?.certificate ?? '').subject).toBe(`CN=client ${id}`)
  }
  expect(answers.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(ids)
})

it.each([
  ['a CA', { ...orderFor(), isCa: true }],
  ['extensions of its own', { ...orderFor(), extensions: ['BgNVHRMEBTADAQH/'] }],
  ['the issuer', { ...orderFor(), issuer: { commonName: 'Other CA' } }],
  ['the serial', { ...orderFor(), serial: '01' }],
  ['the begin', { ...orderFor(), notBefore: '2020-01-01T00:00:00Z' }],
  ['an unknown profile', { ...orderFor(), profile: 'ca' }],
  ['a member of the prototype as profile', { ...orderFor(), profile: 'constructor' }],
  ['no validity', { ...orderFor(), validityMs: null }],
])('K34 has no order for a certificate that gives %s', async (_, certificate) => {
  const [answer] = await open().ask(order(certificate))
  expect(answer?.failure).toMatchObject({ code: 'refused', details: { reason: 'order' } })
})

it.each([
  ['a validity of 100 years', { validityMs: days(36_525) }, 'policy'],
  ['a name of a CA of the chain', { subject: { commonName: 'Test Issuing CA G1' } }, 'subject'],
])('K34 refuses inside of the signer: %s', async (_, changes, reason) => {
  const [answer] = await open().ask(order(orderFor(changes)))
  expect(answer?.failure).toMatchObject({ code: 'refused', details: { reason } })
})

it('K34 issues no profile that the policy of the key does not allow, and no CA, of a root either', async () => {
  const { ca: root } = await newRoot('ecdsa-p256', [])
  const { ask } = open(root)
  const [policy] = await ask(order(orderFor()))
  expect(policy?.failure?.details.reason).toBe('policy')
  const { csr, subject, validityMs } = orderFor()
  const intermediate = { csr, subject, validityMs }
  const [answer] = await ask({ id: 1, order: 'intermediate', intermediate })
  expect(answer?.failure?.details.reason).toBe('order')
  await root.close()
})

it.each([
  ['a register', 'rekey revocation register v1\n{"number":"1","revoked":[]}'],
  ['a certificate as it is signed', Buffer.from('308201', 'hex').toString('latin1')],
])('K34 signs no text that it is given: %s', async (_, text) => {
  const [answer] = await open().ask({ id: 1, order: 'register', text })
  expect(answer?.failure).toMatchObject({ code: 'refused', details: { reason: 'order' } })
})

it('K34 takes no certificate for a revocation list, nor the reverse', async () => {
  const { ask } = open()
  const crl = { number: '1', revoked: [] }
  for (const request of [
    { id: 1, order: 'crl', certificate: orderFor() },
    { id: 1, order: 'certificate', crl },
    { id: 1, order: 'crl', crl: { ...crl, number: '-1' } },
    { id: 1, order: 'crl', crl: { ...crl, revoked: [{ serial: '01', revokedAt: 'now' }] } },
  ]) {
    const [answer] = await ask(request)
    expect(answer?.failure?.details.reason).toBe('order')
  }
})

it('K34 issues no certificate by a key that signs lists alone, and goes on to sign lists', async () => {
  const failures: unknown[] = []
  const onFailure = (error: unknown) => failures.push(error)
  const { ask } = open(ca, { listsOnly: true, onFailure })
  const [refused] = await ask(order(orderFor()))
  expect(refused?.failure).toMatchObject({ code: 'refused', details: { reason: 'crl-only' } })
  expect(failures).toMatchObject([{ code: 'refused' }])
  const [list] = await ask({ id: 2, order: 'crl', crl: { number: '1', revoked: [] } })
  expect(list?.result?.crl).toContain('BEGIN X509 CRL')
})

it.each([
  ['is above the limit', Buffer.from([0xff, 0xff, 0xff, 0xff])],
  ['is empty', Buffer.alloc(4)],
  ['is no JSON', Buffer.from('\0\0\0\u0001{')],
  ['has no id', Buffer.from('\0\0\0\u0002{}')],
])('K32 stops at a frame that %s', async (_, frame) => {
  const { client, served } = open()
  client.write(frame)
  await expect(served).rejects.toThrow()
  expect(MAX_FRAME_BYTES).toBeLessThan(2 ** 26)
})

it('K32 ends with its channel, also in the middle of a frame', async () => {
  const { client, served } = open()
  client.end(Buffer.from([0, 0, 1, 0, 0x7b]))
  await expect(served).resolves.toBeUndefined()
})
