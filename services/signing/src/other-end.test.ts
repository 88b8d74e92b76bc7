import { randomBytes } from 'node:crypto'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiKey, apiKeyTo, createKeyring, issueApiKey } from '@rekey/api-key-auth'
import { type CaKeystore, createCa, createSigningRequest } from '@rekey/ca-keystore'
import { createLiveSecret, Secret, type StagedSecret } from '@rekey/secret'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { verifierOf } from './other-end.ts'
import { addRoutes } from './routes.ts'

const NAME = 'API_KEY_SIGNING_CERTTRANSPARENCY'
const DAY_MS = 86_400_000

let directory: string
let ca: CaKeystore
beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), 'signing-'))
  const passphrase = Secret.of(randomBytes(24).toString('base64url'), 'CA_PASSPHRASE_TEST')
  ca = await createCa({ directory: join(directory, 'ca'), passphrase, commonName: 'Unit CA' })
})
afterAll(() => rm(directory, { recursive: true }))

const newKey = () => issueApiKey({ environment: 'test' }).text.expose()

/** What signing holds of the key of its call. */
function staged(text: string, revision: string): StagedSecret<ApiKey> {
  const value = Secret.of(apiKeyTo('certtransparency').parse(text).value, NAME)
  const version = `v${revision}`
  const current = { name: NAME, version, stage: 'current', value, sensitive: [] } as const
  return { name: NAME, revision, current }
}

function open(text: string) {
  const live = createLiveSecret(staged(text, '1'))
  const app = Fastify()
  onTestFinished(() => app.close())
  addRoutes(app, {
    ...{ ca, record: () => Promise.resolve() },
    keyring: createKeyring({ certtransparency: verifierOf('certtransparency', live) }),
    servers: { names: {}, allowLoopback: false, validityMs: DAY_MS },
  })
  return { app, live }
}

async function order(app: FastifyInstance, text: string, url: string, payload: object) {
  const { csr } = createSigningRequest({ commonName: 'x' })
  const headers = { authorization: `Bearer ${text}` }
  const answer = await app.inject({ method: 'POST', url, headers, payload: { csr, ...payload } })
  return answer.statusCode
}

const names = (...all: string[]) => ({ names: all })

it('issues certtransparency certificates for its own servers alone, and none for a person', async () => {
  const text = newKey()
  const { app } = open(text)
  const servers = '/server-certificates'
  expect(await order(app, text, servers, names('certtransparency'))).toBe(201)
  expect(await order(app, text, servers, names('certtransparency', 'frontend'))).toBe(422)
  const person = { issuer: 'https://login.example', subject: 'a', email: 'a@example.com' }
  expect(await order(app, text, '/certificates', person)).toBe(403)
})

it('takes the next key of the call as soon as signing holds it, and counts no use of it as one that signing made', async () => {
  const [first, second] = [newKey(), newKey()]
  const { app, live } = open(first)
  live.update(staged(second, '2'))
  const own = names('certtransparency')
  expect(await order(app, second, '/server-certificates', own)).toBe(201)
  expect(await order(app, first, '/server-certificates', own)).toBe(401)
  expect(live.usage.report().versions.map(({ uses }) => uses)).not.toContain(1)
})
