import { X509Certificate } from 'node:crypto'
import type { CaKeystore } from '@rekey/ca-keystore'
import { createSigningRequest } from '@rekey/ca-keystore/internal'
import { SecretError } from '@rekey/secret'
import type { LogEvidence } from '@rekey/audit-log/transparency'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { definition } from './secrets.ts'
import {
  authorization,
  EVIDENCE,
  identityOf,
  openCa,
  openSigning,
  type Shown,
  type TestSigning,
} from '../test/signing.support.ts'

const DAY_MS = 24 * 60 * 60 * 1_000
const newCsr = (commonName = 'frontend') => createSigningRequest({ commonName }).csr

let opened: Awaited<ReturnType<typeof openCa>>
let ca: CaKeystore
let frontend: Shown
beforeAll(async () => {
  opened = await openCa()
  ca = opened.ca
  frontend = await identityOf(ca, 'frontend')
})
afterAll(() => opened.close())

interface OpenOptions {
  readonly allowLoopback?: boolean
  readonly record?: (certificate: string) => Promise<LogEvidence>
}

async function open(options: OpenOptions = {}): Promise<TestSigning> {
  const { allowLoopback = false, record = () => Promise.resolve(EVIDENCE) } = options
  const signing = await openSigning({
    ca,
    lists: opened.lists,
    record,
    servers: {
      names: { frontend: ['portal.example.com', '192.0.2.7', '*.apps.example.com'] },
      allowLoopback,
      validityMs: DAY_MS,
    },
  })
  onTestFinished(() => signing.close())
  return signing
}

async function ask(signing: TestSigning, body: object, shown: Shown | undefined = frontend) {
  const answer = await signing.ask({ path: '/server-certificates', body, shown })
  return answer as { status: number; certificate: string; error: string }
}

it('issues for the names of the caller: its own, those of the settings', async () => {
  const names = ['Frontend', 'portal.example.com', '192.0.2.7', '*.apps.example.com', 'frontend']
  const { status, certificate } = await ask(await open(), { csr: newCsr(), names })
  expect(status).toBe(201)
  expect(new X509Certificate(certificate).subjectAltName).toBe(
    'DNS:frontend, DNS:portal.example.com, IP Address:192.0.2.7, DNS:*.apps.example.com',
  )
})

it('takes subject, purpose and validity from nobody but itself', async () => {
  const { certificate } = await ask(await open(), {
    ...{ csr: newCsr('root'), names: ['frontend'] },
    ...{ subject: { commonName: 'root' }, profile: 'client', validityMs: 9 * DAY_MS },
  })
  const issued = new X509Certificate(certificate)
  expect(issued.subject).toBe('CN=frontend')
  expect(issued.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
  const lifetime = Date.parse(issued.validTo) - Date.parse(issued.validFrom)
  expect(lifetime).toBeLessThanOrEqual(DAY_MS + 5 * 60_000)
})

it('gives the chain of the CA with it, so that the caller can serve both', async () => {
  const answer = await ask(await open(), { csr: newCsr(), names: ['frontend'] })
  expect(answer).toMatchObject({ chain: ca.chain, notAfter: expect.any(String) as string })
})

it.each([
  ['the name of another service', 'signing'],
  ['a name below its own', 'www.portal.example.com'],
  ['a name that a wildcard of the settings covers', 'one.apps.example.com'],
  ['a wider wildcard', '*.example.com'],
  ['an address of nobody', '192.0.2.8'],
  ['a loopback address', '127.0.0.1'],
  ['a loopback address written otherwise', '::ffff:127.0.0.1'],
  ['localhost', 'localhost'],
  ['a name with a final dot', 'frontend.'],
])('refuses %s, though the rest is right', async (_what, name) => {
  const { status, error } = await ask(await open(), { csr: newCsr(), names: ['frontend', name] })
  expect({ status, error }).toEqual({
    status: 422,
    error: expect.stringContaining('name 2 of the request is not a name of frontend') as string,
  })
})

it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])(
  'grants %s outside production',
  async (name) => {
    const { status } = await ask(await open({ allowLoopback: true }), {
      csr: newCsr(),
      names: [name],
    })
    expect(status).toBe(201)
  },
)

it.each([
  ['no names', { csr: newCsr(), names: [] }],
  ['too many names', { csr: newCsr(), names: Array.from({ length: 21 }, () => 'frontend') }],
  ['no request', { names: ['frontend'] }],
])('refuses a body with %s', async (_what, body) => {
  expect((await ask(await open(), body)).status).toBe(400)
})

it('refuses a request that is none', async () => {
  const { status } = await ask(await open(), { csr: 'request', names: ['frontend'] })
  expect(status).toBe(422)
})

it.each(['certtransparency', 'signing'])(
  'issues the next identity of %s to it alone, and needs no key',
  async (service) => {
    const shown = await identityOf(ca, service)
    const { status, certificate } = await ask(
      await open(),
      { csr: newCsr(), names: [service] },
      shown,
    )
    expect(status).toBe(201)
    expect(new X509Certificate(certificate).subject).toBe(`CN=${service}`)
    const other = await ask(await open(), { csr: newCsr(), names: [service] })
    expect(other).toMatchObject({ status: 422 })
  },
)

it('issues nothing without the current certificate of a service, whatever key is shown', async () => {
  const body = { csr: newCsr(), names: ['frontend'] }
  const other = await openCa()
  onTestFinished(() => other.close())
  const signing = await open()
  for (const [code, shown] of [
    ['certificate-missing', undefined],
    ['certificate-untrusted', await identityOf(other.ca, 'frontend')],
    ['certificate-purpose', await identityOf(ca, 'frontend', 'server')],
    ['certificate-purpose', await identityOf(ca, 'frontend', 'client')],
    ['certificate-name', await identityOf(ca, 'stranger')],
  ] as const) {
    const order = { path: '/server-certificates', body, shown, headers: { authorization } }
    expect(await signing.ask(order)).toMatchObject({ status: 403, code })
  }
})

it('hands nothing out that is not on record', async () => {
  const recorded: string[] = []
  const record = (certificate: string) => {
    recorded.push(certificate)
    return Promise.reject(new SecretError('unreachable', 'no record'))
  }
  const answer = await ask(await open({ record }), { csr: newCsr(), names: ['frontend'] })
  expect([answer.status, recorded.length]).toEqual([503, 1])
  expect(answer).not.toHaveProperty('certificate')
})

it('reads the names of the settings with commas and spaces between, and 24 hours if nothing is set', () => {
  const settings = {
    ...{ PORT: '1', HEALTH_PORT: '2', CA_DIRECTORY: 'ca', CRL_DIRECTORY: 'lists' },
    ...{
      CERTTRANSPARENCY_URL: 'https://127.0.0.1:3',
      LOG_VERIFIER_KEY: 'key',
      SERVER_NAMES_FRONTEND: 'A.example, b.example',
    },
  }
  expect(definition.settings.parse(settings)).toMatchObject({
    SERVER_NAMES_FRONTEND: ['a.example', 'b.example'],
    SERVER_VALIDITY_HOURS: 24,
  })
})
