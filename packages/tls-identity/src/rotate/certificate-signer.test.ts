import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { signingServiceSigner } from './index.ts'

const text = randomBytes(24).toString('hex')
const never = new AbortController().signal
const csr = 'request'

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function answering(status: number, body: unknown, headers: Record<string, string> = {}) {
  return serve((request, response) => {
    request.resume()
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
  })
}

it('sends the request and the names, and gives what comes back', async () => {
  const seen: unknown[] = []
  const read = async (request: IncomingMessage) => {
    const { method, url } = request
    seen.push(method, url, await json(request))
  }
  const url = await serve((request, response) => {
    void read(request).then(() => {
      response.writeHead(201).end(JSON.stringify({ certificate: 'leaf', chain: 'above' }))
    })
  })
  const answer = await signingServiceSigner({ url })(csr, ['alpha'], never)
  expect(answer).toEqual({ certificate: 'leaf', chain: 'above' })
  expect(seen).toEqual(['POST', '/server-certificates', { csr, names: ['alpha'] }])
})

it.each([
  [401, {}, 'refused'],
  [403, { error: text }, 'refused'],
  [403, { error: text, code: 'certificate-expired' }, 'rejected'],
  [422, { error: text }, 'refused'],
  [429, {}, 'unreachable'],
  [500, {}, 'unreachable'],
  [503, {}, 'unreachable'],
  [201, 'no JSON', 'malformed'],
  [201, 'null', 'malformed'],
  [201, { certificate: 'leaf' }, 'malformed'],
])('takes the answer %s %j for "%s", and repeats nothing of it', async (status, body, code) => {
  const signer = signingServiceSigner({ url: await answering(status, body) })
  const error: unknown = await signer(csr, ['alpha'], never).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ name: 'SecretError', code })
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(text)
})

it('follows no redirect', async () => {
  let calls = 0
  const elsewhere = await serve((_request, response) => {
    calls += 1
    response.writeHead(201).end(JSON.stringify({ certificate: 'leaf', chain: 'above' }))
  })
  const url = await answering(307, {}, { location: `${elsewhere}/server-certificates` })
  const asking = signingServiceSigner({ url })(csr, ['alpha'], never)
  await expect(asking).rejects.toMatchObject({ code: 'unreachable' })
  expect(calls).toBe(0)
})

it('ends with its signal, and tells that from a service that does not answer', async () => {
  const gone = signingServiceSigner({ url: 'http://127.0.0.1:9' })(csr, ['alpha'], never)
  await expect(gone).rejects.toMatchObject({ code: 'unreachable' })
  const url = await serve(() => undefined)
  const stop = new AbortController()
  const asking = signingServiceSigner({ url })(csr, ['alpha'], stop.signal)
  stop.abort(new Error('cancelled'))
  await expect(asking).rejects.toThrow('cancelled')
})
