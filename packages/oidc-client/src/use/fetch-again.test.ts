import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createLiveSecret } from '@rekey/secret/internal'
import { Secret } from '@rekey/secret'
import * as client from 'openid-client'
import { expect, it, onTestFinished } from 'vitest'
import { createRotatingClient } from '../index.ts'

const NAME = 'OIDC_CLIENT_SECRET_FRONTEND'

/** A token endpoint that closes the connection of so many requests with this scope, in place of an answer. */
async function openIssuer(scope: string, closes: number) {
  let requests = 0
  let issuer = ''
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const isMeant = new URLSearchParams(body).get('scope') === scope
      if (isMeant && (requests += 1) <= closes) return request.socket.destroy()
      const document = { issuer, token_endpoint: `${issuer}/token` }
      const token = { access_token: randomBytes(16).toString('hex'), token_type: 'bearer' }
      response.writeHead(200, { 'content-type': 'application/json' })
      return response.end(JSON.stringify(request.method === 'GET' ? document : token))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { issuer, requests: () => requests }
}

function openClient(issuer: string) {
  const value = Secret.of(randomBytes(32).toString('base64url'), NAME)
  const current = { name: NAME, version: '1', stage: 'current', value, sensitive: [] } as const
  const secret = createLiveSecret({ name: NAME, revision: '1', current })
  const rotating = createRotatingClient({ issuer, clientId: 'frontend', secret })
  onTestFinished(() => {
    rotating.close()
  })
  return (scope: string) =>
    rotating.authenticated((used) => client.clientCredentialsGrant(used, { scope }))
}

it('makes a request again whose connection the provider had closed', async () => {
  const { issuer, requests } = await openIssuer('profile', 1)
  expect(await openClient(issuer)('profile')).toHaveProperty('access_token')
  expect(requests()).toBe(2)
})

it('gives up after three connections that end without an answer', async () => {
  const { issuer, requests } = await openIssuer('profile', Infinity)
  await expect(openClient(issuer)('profile')).rejects.toThrow()
  expect(requests()).toBe(3)
})
