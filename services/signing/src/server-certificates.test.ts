import { randomBytes, X509Certificate } from 'node:crypto'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiKeyFrom, createKeyring, issueApiKey } from '@rekey/api-key-auth'
import { type CaKeystore, createCa, createSigningRequest } from '@rekey/ca-keystore'
import { createLiveSecret, Secret } from '@rekey/secret'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { addRoutes } from './routes.ts'
import { definition } from './secrets.ts'

const DAY_MS = 24 * 60 * 60 * 1_000
const key = issueApiKey({ environment: 'test' })
const authorization = `Bearer ${key.text.expose()}`
const newCsr = (commonName = 'frontend') => createSigningRequest({ commonName }).csr

let directory: string
let ca: CaKeystore
beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), 'signing-'))
  const passphrase = Secret.of(randomBytes(24).toString('base64url'), 'CA_PASSPHRASE_TEST')
  ca = await createCa({ directory: join(directory, 'ca'), passphrase, commonName: 'Unit CA' })
})
afterAll(() => rm(directory, { recursive: true }))

function keyringOf(text: string) {
  const name = 'API_KEY_FRONTEND_SIGNING'
  const value = Secret.of(apiKeyFrom('frontend').parse(text).value, name)
  const current = { name, version: 'v1', stage: 'current', value, sensitive: [] } as const
  return createKeyring({ frontend: createLiveSecret({ name, revision: 'r1', current }) })
}

interface OpenOptions {
  readonly allowLoopback?: boolean
  readonly record?: (certificate: string) => Promise<void>
}

function open(options: OpenOptions = {}): FastifyInstance {
  const { allowLoopback = false, record = () => Promise.resolve() } = options
  const app = Fastify()
  onTestFinished(() => app.close())
  addRoutes(app, {
    keyring: keyringOf(key.text.expose()),
    ca,
    record,
    servers: {
      names: { frontend: ['portal.example.com', '192.0.2.7', '*.apps.example.com'] },
      allowLoopback,
      validityMs: DAY_MS,
    },
  })
  return app
}

async function ask(app: FastifyInstance, body: object, headers: object = { authorization }) {
  const url = '/server-certificates'
  const answer = await app.inject({ method: 'POST', url, headers: { ...headers }, payload: body })
  return { status: answer.statusCode, ...answer.json<{ certificate: string; error: string }>() }
}

it('issues for the names of the caller: its own, those of the settings', async () => {
  const names = ['Frontend', 'portal.example.com', '192.0.2.7', '*.apps.example.com', 'frontend']
  const { status, certificate } = await ask(open(), { csr: newCsr(), names })
  expect(status).toBe(201)
  expect(new X509Certificate(certificate).subjectAltName).toBe(
    'DNS:frontend, DNS:portal.example.com, IP Address:192.0.2.7, DNS:*.apps.example.com',
  )
})

it('takes subject, purpose and validity from nobody but itself', async () => {
  const { certificate } = await ask(open(), {
    ...{ csr: newCsr('root'), names: ['frontend'] },
    ...{ subject: { commonName: 'root' }, profile: 'client', validityMs: 9 * DAY_MS },
  })
  const issued = new X509Certificate(certificate)
  expect(issued.subject).toBe('CN=frontend')
  expect(issued.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  const lifetime = Date.parse(issued.validTo) - Date.parse(issued.validFrom)
  expect(lifetime).toBeLessThanOrEqual(DAY_MS + 5 * 60_000)
})

it('gives the chain of the CA with it, so that the caller can serve both', async () => {
  const answer = await ask(open(), { csr: newCsr(), names: ['frontend'] })
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
  const { status, error } = await ask(open(), { csr: newCsr(), names: ['frontend', name] })
  expect({ status, error }).toEqual({
    status: 422,
    error: expect.stringContaining('name 2 of the request is not a name of frontend') as string,
  })
})

it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])(
  'grants %s outside production',
  async (name) => {
    const { status } = await ask(open({ allowLoopback: true }), { csr: newCsr(), names: [name] })
    expect(status).toBe(201)
  },
)

it.each([
  ['no names', { csr: newCsr(), names: [] }],
  ['too many names', { csr: newCsr(), names: Array.from({ length: 21 }, () => 'frontend') }],
  ['no request', { names: ['frontend'] }],
])('refuses a body with %s', async (_what, body) => {
  expect((await ask(open(), body)).status).toBe(400)
})

it('refuses a request that is none', async () => {
  const { status } = await ask(open(), { csr: 'request', names: ['frontend'] })
  expect(status).toBe(422)
})

it('issues nothing without the key of the caller', async () => {
  const body = { csr: newCsr(), names: ['frontend'] }
  const other = issueApiKey({ environment: 'test' }).text.expose()
  expect((await ask(open(), body, {})).status).toBe(401)
  expect((await ask(open(), body, { authorization: `Bearer ${other}` })).status).toBe(401)
})

it('hands nothing out that is not on record', async () => {
  const recorded: string[] = []
  const record = (certificate: string) => {
    recorded.push(certificate)
    return Promise.reject(new Error('no record'))
  }
  const answer = await ask(open({ record }), { csr: newCsr(), names: ['frontend'] })
  expect([answer.status, recorded.length]).toEqual([500, 1])
  expect(answer).not.toHaveProperty('certificate')
})

it('reads the names of the settings with commas and spaces between, and 24 hours if nothing is set', () => {
  const settings = {
    ...{ PORT: '1', HEALTH_PORT: '2', CA_DIRECTORY: 'ca' },
    ...{
      CERTTRANSPARENCY_URL: 'http://127.0.0.1:3',
      SERVER_NAMES_FRONTEND: 'A.example, b.example',
    },
  }
  expect(definition.settings.parse(settings)).toMatchObject({
    SERVER_NAMES_FRONTEND: ['a.example', 'b.example'],
    SERVER_VALIDITY_HOURS: 24,
  })
})
