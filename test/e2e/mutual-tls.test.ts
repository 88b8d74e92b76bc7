// @lane servers
import { once } from 'node:events'
import { type IncomingMessage, request as requestInClear } from 'node:http'
import { request, type RequestOptions } from 'node:https'
import { json } from 'node:stream/consumers'
import { createSigningRequest } from '@rekey/ca-keystore/internal'
import { openRotator } from '@rekey/rekey'
import type { Rotator } from '@rekey/rekey/internal/rotator'
import { rotate } from '@rekey/rekey/engine'
import { openStack, orderProfile, type Stack } from '@rekey/stack'
import { createBrowser, logIn } from '@rekey/testbed'
import { afterAll, beforeAll, expect, it } from 'vitest'

let stack: Stack
let rotator: Rotator
beforeAll(async () => {
  stack = await openStack({ validationMs: 200 })
  rotator = await openRotator({ ...stack.family, validationMs: 200 })
}, 120_000)
afterAll(async () => {
  await rotator.close()
  await stack.close()
})

type Shown = Pick<RequestOptions, 'key' | 'cert'>

const split = (text: string): Shown => {
  const [, key, cert] = /^([^]+?-\n)(-----BEGIN CERT[^]+)$/.exec(text) ?? []
  return { key, cert }
}
const valueOf = async (name: string) => (await stack.store.read(name)).current.value.expose()
const identityOf = async (service: string) => split(await valueOf(`TLS_${service.toUpperCase()}`))
const addressOf = (service: string) =>
  new URL(stack.family.fleet.find((replica) => replica.service === service)?.url ?? '')

/** Sends a request with what a caller shows: a certificate, and the API key of that name. */
async function call(
  service: string,
  path: string,
  { shown, keyName, body }: { shown?: Shown; keyName?: string; body?: object },
) {
  const { hostname, port } = addressOf(service)
  const headers = {
    ...(keyName !== undefined && { authorization: `Bearer ${await valueOf(keyName)}` }),
    ...(body && { 'content-type': 'application/json' }),
  }
  const sent = request({
    ...{ hostname, port, path, headers, agent: false, method: body ? 'POST' : 'GET' },
    ...{ ca: stack.trust, servername: service, ...shown },
  }).end(body && JSON.stringify(body))
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  if (answer.statusCode === 204) return { status: 204 }
  return { status: answer.statusCode, ...((await json(answer)) as object) }
}

const PROOF = '/api-key/proof'
const TO_SIGNING = 'API_KEY_FRONTEND_SIGNING'
const TO_CERTTRANSPARENCY = 'API_KEY_SIGNING_CERTTRANSPARENCY'

/** A VPN profile of a person: its certificate, and the key that it was ordered for. */
async function personsCertificate(): Promise<Shown> {
  const startUrl = new URL('/login', stack.frontendUrl)
  const { browser } = await logIn({ startUrl, account: 'alice', browser: createBrowser(stack) })
  const { response, privateKey } = await orderProfile(stack, browser)
  const { certificate, chain } = (await response.json()) as { certificate: string; chain: string }
  return { key: privateKey.expose(), cert: certificate + chain }
}

it('lets in a caller with its certificate and its key', async () => {
  const [frontend, signing] = [await identityOf('frontend'), await identityOf('signing')]
  const first = { shown: frontend, keyName: TO_SIGNING }
  expect(await call('signing', PROOF, first)).toEqual({ status: 204 })
  const second = { shown: signing, keyName: TO_CERTTRANSPARENCY }
  expect(await call('certtransparency', PROOF, second)).toEqual({ status: 204 })
})

it('refuses a key without a certificate, at both services', async () => {
  const refused = { status: 403, code: 'certificate-missing' }
  expect(await call('signing', PROOF, { keyName: TO_SIGNING })).toMatchObject(refused)
  const other = { keyName: TO_CERTTRANSPARENCY }
  expect(await call('certtransparency', PROOF, other)).toMatchObject(refused)
})

it('refuses the certificate of frontend at certtransparency, whatever its key', async () => {
  const shown = await identityOf('frontend')
  const refused = { status: 403, code: 'certificate-name' }
  const given = { shown, keyName: TO_CERTTRANSPARENCY }
  expect(await call('certtransparency', PROOF, given)).toMatchObject(refused)
})

it('refuses the key of one service with the certificate of another', async () => {
  for (const service of ['signing', 'certtransparency']) {
    const given = { shown: await identityOf(service), keyName: TO_SIGNING }
    expect(await call('signing', PROOF, given)).toMatchObject({
      ...{ status: 403, error: expect.stringMatching(/^forbidden/) as string },
    })
  }
})

it('refuses the VPN certificate of a person, at both services and for a certificate of a service', async () => {
  const shown = await personsCertificate()
  const refused = { status: 403, code: 'certificate-purpose' }
  expect(await call('signing', PROOF, { shown, keyName: TO_SIGNING })).toMatchObject(refused)
  const other = { shown, keyName: TO_CERTTRANSPARENCY }
  expect(await call('certtransparency', PROOF, other)).toMatchObject(refused)
  const { csr } = createSigningRequest({ commonName: 'frontend' })
  const order = { shown, body: { csr, names: ['frontend'] } }
  expect(await call('signing', '/server-certificates', order)).toMatchObject(refused)
})

it.each(['signing', 'certtransparency'])('%s answers no plain HTTP', async (service) => {
  const { hostname, port } = addressOf(service)
  const sent = requestInClear({ hostname, port, path: PROOF, agent: false }).end()
  const answered = await once(sent, 'response').catch((error: unknown) => error)
  expect(answered).toMatchObject({ code: 'ECONNRESET' })
})

it('rotates the identity of signing, and both of its connections go on', async () => {
  const before = await valueOf('TLS_SIGNING')
  const kind = rotator.kinds.get('tls signing')
  if (kind === undefined) throw new Error('the family has no tls signing')
  await rotate(kind, rotator)
  expect(await valueOf('TLS_SIGNING')).not.toBe(before)
  expect((await personsCertificate()).cert).toContain('BEGIN CERTIFICATE')
})
