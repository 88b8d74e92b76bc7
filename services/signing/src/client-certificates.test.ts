import { X509Certificate } from 'node:crypto'
import type { CaKeystore } from '@rekey/ca-keystore'
import { createSigningRequest } from '@rekey/ca-keystore/internal'
import { SecretError } from '@rekey/secret'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkHorizon } from './answer-order.ts'
import { CLIENT_VALIDITY_MS } from './routes.ts'
import {
  authorization,
  EVIDENCE,
  identityOf,
  openCa,
  openSigning,
  type Shown,
  type TestSigning,
} from '../test/signing.support.ts'

const ISSUER = 'https://login.example.com/realms/vpn'
const alice = { issuer: ISSUER, subject: 'f7b2-alice', email: 'alice@example.com' }

let opened: Awaited<ReturnType<typeof openCa>>
let ca: CaKeystore
let signing: TestSigning
let frontend: Shown
beforeAll(async () => {
  opened = await openCa()
  ca = opened.ca
  signing = await openSigning({
    ca,
    lists: opened.lists,
    record: () => Promise.resolve(EVIDENCE),
    servers: { names: {}, allowLoopback: false, validityMs: 1_000 },
  })
  frontend = await identityOf(ca, 'frontend')
})
afterAll(async () => {
  await signing.close()
  await opened.close()
})

async function ask(
  login: object,
  shown: Shown | undefined = frontend,
  headers = { authorization },
) {
  const { csr } = createSigningRequest({ commonName: 'root' })
  const answer = await signing.ask({
    path: '/certificates',
    body: { csr, ...login },
    shown,
    headers,
  })
  return answer as { status: number; certificate: string; error: string }
}

async function certificateOf(login: object): Promise<X509Certificate> {
  const { status, certificate, error } = await ask(login)
  expect({ status, error }).toEqual({ status: 201, error: undefined })
  return new X509Certificate(certificate)
}

it('K20: puts on record why it refused a request, and nothing of the request', async () => {
  const { csr } = createSigningRequest({ commonName: 'root' })
  const broken = { ...alice, csr: csr + csr }
  const answer = await signing.ask({
    ...{ path: '/certificates', body: broken, shown: frontend, headers: { authorization } },
  })
  expect(answer.status).toBe(422)
  const line = signing.warnings.at(-1) ?? ''
  expect(JSON.parse(line)).toMatchObject({
    ...{ msg: 'certificate refused', code: 'malformed', reason: 'pem' },
  })
  expect(line).not.toContain('CERTIFICATE REQUEST')
})

it('answers 503 with the reason once a full certificate would outlive the CA, and warns before', async () => {
  const DAY_MS = 86_400_000
  const ending = await openCa({ validityMs: 80 * DAY_MS })
  const late = await openSigning({
    ...{ ca: ending.ca, lists: ending.lists, record: () => Promise.resolve(EVIDENCE) },
    servers: { names: {}, allowLoopback: false, validityMs: 1_000 },
  })
  const { csr } = createSigningRequest({ commonName: 'root' })
  const answer = await late.ask({
    ...{ path: '/certificates', body: { csr, ...alice }, headers: { authorization } },
    shown: await identityOf(ending.ca, 'frontend'),
  })
  expect(answer).toMatchObject({ status: 503, reason: 'horizon' })
  await expect(checkHorizon(ending.ca, CLIENT_VALIDITY_MS)).rejects.toThrow('the next CA is due')
  await expect(checkHorizon(ending.ca, 60 * DAY_MS)).rejects.toThrow('the next CA is due')
  await checkHorizon(ending.ca, 40 * DAY_MS)
  await late.close()
  await ending.close()
})

it('names a person by an id of at most 64 characters, the e-mail address, and issuer and subject of the login', async () => {
  const { subject, subjectAltName } = await certificateOf(alice)
  expect(subject).toMatch(/^CN=[0-9a-f]{40}$/)
  expect(subjectAltName).toBe(`email:${alice.email}, URI:${ISSUER}#sub=f7b2-alice`)
})

it('gives one person one common name whatever the address, and no two of any issuers the same', async () => {
  const nameOf = async (login: object) => (await certificateOf(login)).subject
  const moved = { ...alice, email: 'alice@elsewhere.example.com' }
  expect(await nameOf(moved)).toBe(await nameOf(alice))
  const others = [
    { ...alice, subject: 'f7b2-alicf' },
    { ...alice, issuer: `${ISSUER}f`, subject: '7b2-alice' },
    { ...alice, issuer: 'https://login.example.org/realms/vpn' },
  ]
  const names = new Set(await Promise.all([alice, ...others].map(nameOf)))
  expect(names.size).toBe(4)
})

it('gives a certificate to an address of 65 characters and more, up to 254', async () => {
  for (const length of [65, 254]) {
    const host = `${'mail.'.repeat(40)}example.com`.slice(-(length - 61))
    const email = `${'a'.repeat(60)}@${host.replace(/^\./, 'x')}`
    expect(email).toHaveLength(length)
    const { subjectAltName } = await certificateOf({ ...alice, email })
    expect(subjectAltName).toContain(`email:${email}`)
  }
})

it('answers the same request with the same certificate, also where the log did not answer before', async () => {
  let isDown = true
  const record = () =>
    isDown ? Promise.reject(new SecretError('unreachable', 'no log')) : EVIDENCE
  const lossy = await openSigning({
    ...{ ca, lists: opened.lists, record: async () => record() },
    servers: { names: {}, allowLoopback: false, validityMs: 1_000 },
  })
  const { csr } = createSigningRequest({ commonName: 'root' })
  const askFor = (login: object) =>
    lossy.ask({
      ...{ path: '/certificates', body: { csr, ...login }, shown: frontend },
      headers: { authorization },
    })
  expect((await askFor(alice)).status).toBe(503)
  isDown = false
  const [first, second] = [await askFor(alice), await askFor(alice)]
  expect(second).toEqual({ ...first, status: 201 })
  const refused = JSON.parse(lossy.warnings.at(-1) ?? '') as { serial: string }
  expect(first['serial']).toBe(refused.serial)
  expect((await askFor({ ...alice, subject: 'another' }))['serial']).not.toBe(refused.serial)
  await lossy.close()
})

it('encodes the subject, so that none reads as another or as part of the issuer', async () => {
  const subject = 'a, DNS:vpn.example.com#sub=root/../%2e é'.replace('é', '"')
  const { subjectAltName } = await certificateOf({ ...alice, subject })
  expect(subjectAltName).toContain(`URI:${ISSUER}#sub=${encodeURIComponent(subject)}`)
})

it.each([
  ['no issuer', { ...alice, issuer: undefined }],
  ['no subject', { ...alice, subject: undefined }],
  ['no e-mail address', { ...alice, email: undefined }],
  ['an empty subject', { ...alice, subject: '' }],
  ['a subject of 256 characters', { ...alice, subject: 'x'.repeat(256) }],
  ['a subject that is not ASCII', { ...alice, subject: 'zoë' }],
  ['an issuer with a fragment', { ...alice, issuer: `${ISSUER}#sub=root` }],
  ['an issuer with a query', { ...alice, issuer: `${ISSUER}?a` }],
  ['an issuer that is no URL', { ...alice, issuer: 'login.example.com' }],
])('issues nothing for %s', async (_, login) => {
  expect((await ask(login)).status).toBe(400)
})

it('gives no certificate of a person to the key of frontend over the connection of another service', async () => {
  for (const service of ['certtransparency', 'signing']) {
    const { status, certificate } = await ask(alice, await identityOf(ca, service))
    expect({ status, certificate }).toEqual({ status: 403, certificate: undefined })
  }
})

it('gives no certificate of a person to frontend without its key', async () => {
  expect((await ask(alice, frontend, { authorization: '' })).status).toBe(401)
})

it("does not take a person's certificate, as it issues them, for that of a service", async () => {
  const { privateKey, csr } = createSigningRequest({ commonName: 'frontend' })
  const order = { path: '/certificates', body: { csr, ...alice }, headers: { authorization } }
  const { certificate } = await signing.ask({ ...order, shown: frontend })
  const shown = { key: privateKey.expose(), cert: String(certificate) + ca.chain }
  expect(await signing.ask({ ...order, shown })).toMatchObject({
    ...{ status: 403, code: 'certificate-purpose' },
  })
})
