import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { findSignOut } from '../index.ts'

const clientId = 'frontend'
const back = { returnTo: 'https://portal.example/signed-out', state: 'a-state' }

/** A provider whose discovery document has this too; silent without one. */
async function openIssuer(about?: (issuer: string) => object) {
  let issuer = ''
  const server = createServer((_request, response) => {
    if (about === undefined) return
    const document = { issuer, token_endpoint: `${issuer}/token`, ...about(issuer) }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { issuer, clientId }
}

it('names the client, where to come back to and the state, and keeps what the address had', async () => {
  const address = await openIssuer((issuer) => ({ end_session_endpoint: `${issuer}/end?realm=a` }))
  const url = await findSignOut(address, back)
  expect(url?.pathname).toBe('/end')
  expect(Object.fromEntries(url?.searchParams ?? [])).toEqual({
    ...{ realm: 'a', client_id: clientId, state: 'a-state' },
    post_logout_redirect_uri: back.returnTo,
  })
})

it('finds none at a provider that announces none', async () => {
  expect(await findSignOut(await openIssuer(() => ({})), back)).toBe(undefined)
})

it('sends no browser to an address of clear text', async () => {
  const address = await openIssuer(() => ({ end_session_endpoint: 'http://login.example/end' }))
  await expect(findSignOut(address, back)).rejects.toMatchObject({ code: 'refused' })
})

it('waits for a silent provider no longer than it may take', async () => {
  const address = await openIssuer()
  const finding = findSignOut(address, { ...back, limitMs: 50 })
  await expect(finding).rejects.toMatchObject({ code: 'unreachable' })
})
