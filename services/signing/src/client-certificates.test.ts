import { randomBytes, X509Certificate } from 'node:crypto'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiKeyFrom, createKeyring, issueApiKey } from '@rekey/api-key-auth'
import { type CaKeystore, createCa, createSigningRequest } from '@rekey/ca-keystore'
import { createLiveSecret, Secret } from '@rekey/secret'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addRoutes } from './routes.ts'

const ISSUER = 'https://login.example.com/realms/vpn'
const alice = { issuer: ISSUER, subject: 'f7b2-alice', email: 'alice@example.com' }
const key = issueApiKey({ environment: 'test' })

let directory: string
let ca: CaKeystore
let app: FastifyInstance
beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), 'signing-'))
  const passphrase = Secret.of(randomBytes(24).toString('base64url'), 'CA_PASSPHRASE_TEST')
  ca = await createCa({ directory: join(directory, 'ca'), passphrase, commonName: 'Unit CA' })
  app = Fastify()
  const name = 'API_KEY_FRONTEND_SIGNING'
  const value = Secret.of(apiKeyFrom('frontend').parse(key.text.expose()).value, name)
  const current = { name, version: 'v1', stage: 'current', value, sensitive: [] } as const
  addRoutes(app, {
    keyring: createKeyring({ frontend: createLiveSecret({ name, revision: 'r1', current }) }),
    ca,
    record: () => Promise.resolve(),
    servers: { names: {}, allowLoopback: false, validityMs: 1_000 },
  })
})
afterAll(async () => {
  await app.close()
  await rm(directory, { recursive: true })
})

async function ask(login: object) {
  const { csr } = createSigningRequest({ commonName: 'root' })
  const headers = { authorization: `Bearer ${key.text.expose()}` }
  const answer = await app.inject({
    ...{ method: 'POST', url: '/certificates', headers, payload: { csr, ...login } },
  })
  const body = answer.json<{ certificate: string; error: string }>()
  return { status: answer.statusCode, ...body }
}

async function certificateOf(login: object): Promise<X509Certificate> {
  const { status, certificate, error } = await ask(login)
  expect({ status, error }).toEqual({ status: 201, error: undefined })
  return new X509Certificate(certificate)
}

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
