import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { defineService, loadService } from '@rekey/config-loader'
import { NON_PRODUCTION_PREFIX } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { openIdentityProvider } from '@rekey/testbed'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { oidcClient } from '../index.ts'

const clientId = 'frontend'
const clientSecret = fresh()
let provider: Awaited<ReturnType<typeof openIdentityProvider>>

function fresh(): string {
  return NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')
}

beforeAll(async () => {
  const redirectUris = ['http://127.0.0.1:9/callback']
  provider = await openIdentityProvider({ clients: [{ clientId, clientSecret, redirectUris }] })
})
afterAll(() => provider[Symbol.asyncDispose]())

const definition = defineService({
  name: 'frontend',
  settings: z.object({ OIDC_ISSUER: z.url(), OIDC_CLIENT_ID: z.string() }),
  secrets: { oidc: oidcClient() },
})

function load(secret: string, issuer = provider.issuer) {
  return loadService(definition, {
    env: { REKEY_ENVIRONMENT: 'test', OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId },
    source: createMemoryStore({ OIDC_CLIENT_SECRET_FRONTEND: secret }),
  })
}

it('starts when the identity provider accepts the client', async () => {
  const service = await load(clientSecret)
  await service.close()
  expect(service.secrets.oidc.current.value.expose()).toBe(clientSecret)
})

it('does not start with a client secret that the identity provider refuses', async () => {
  await expect(load(fresh())).rejects.toMatchObject({ problems: [{ code: 'rejected' }] })
})

it('does not start with a client secret that is too short', async () => {
  const short = `${NON_PRODUCTION_PREFIX}short`
  await expect(load(short)).rejects.toMatchObject({ problems: [{ code: 'malformed' }] })
})

it('tells an issuer that does not answer from one that is no provider', async () => {
  const other = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
  onTestFinished(() => {
    other.close()
  })
  await expect(load(clientSecret, url)).rejects.toMatchObject({ problems: [{ code: 'malformed' }] })
  other.close()
  other.closeAllConnections()
  await expect(load(clientSecret, url)).rejects.toMatchObject({
    problems: [{ code: 'unreachable' }],
  })
})

it.each(['192.0.2.1', 'localhost.evil.test', '127.0.0.1.nip.io'])(
  'no client secret goes to http://%s, as the issuer or as the token endpoint of one on loopback',
  async (host) => {
    const refused = { problems: [{ code: 'refused' }] }
    await expect(load(clientSecret, `http://${host}`)).rejects.toMatchObject(refused)
    const port = await openDocument((issuer) => ({
      issuer,
      token_endpoint: `http://${host}/token`,
    }))
    const loading = load(clientSecret, `http://127.0.0.1:${port}`)
    await expect(loading).rejects.toMatchObject(refused)
    await expect(loading).rejects.toThrow(`token_endpoint of the issuer leads to ${host} by http`)
  },
)

/** A provider that serves no more than its discovery document. */
async function openDocument(metadata: (issuer: string) => object): Promise<number> {
  const server = createServer(({ headers: { host } }, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(metadata(`http://${host}`)))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}
