import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { followIntegration, integrationSecret } from '@rekey/integration-secret'
import { createLiveSecret } from '@rekey/secret/internal'
import { Secret } from '@rekey/secret'
import { expect, it, onTestFinished } from 'vitest'
import { notifyOfProfile } from './notices.ts'

const name = integrationSecret('notices').nameFor('frontend')
const text = randomBytes(32).toString('base64url')

async function openParty(status: number) {
  const seen: unknown[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization)
    response.writeHead(status).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/notices` }
}

function credentialOf() {
  const value = Secret.of(text, name)
  const current = { name, version: 'v1', stage: 'current', value, sensitive: [value] } as const
  const credential = followIntegration(createLiveSecret({ name, revision: 'r1', current }))
  onTestFinished(() => {
    credential.close()
  })
  return credential
}

const profile = { serial: '01', fingerprint: 'ab', text: 'the private key of a person' }

it('shows the third party the credential', async () => {
  const { url, seen } = await openParty(204)
  await notifyOfProfile(profile, { url, credential: credentialOf() })
  expect(seen).toEqual([`Bearer ${text}`])
})

it.each([
  [401, { code: 'rejected' }],
  [403, { code: 'rejected' }],
  [500, { message: 'the third party answered a notice with 500' }],
])('fails on the answer %s without a word of the credential', async (status, expected) => {
  const { url } = await openParty(status)
  const notifying = notifyOfProfile(profile, { url, credential: credentialOf() })
  const error: unknown = await notifying.catch((thrown: unknown) => thrown)
  expect(error).toMatchObject(expected)
  expect(String(error)).not.toContain(text)
})
