import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { Secret } from '@rekey/secret'
import { expect, it, onTestFinished } from 'vitest'
import { signingServiceSigner } from './index.ts'

const text = randomBytes(24).toString('hex')
const key = () => Promise.resolve(Secret.of(text, 'API_KEY_ALPHA_SIGNING'))
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

it('shows the key of the service, sends the request and the names, and gives what comes back', async () => {
  const seen: unknown[] = []
  const read = async (request: IncomingMessage) => {
    const { method, url, headers } = request
    seen.push(method, url, headers.authorization, await json(request))
  }
  const url = await serve((request, response) => {
    void read(request).then(() => {
      response.writeHead(201).end(JSON.stringify({ certificate: 'leaf', chain: 'above' }))
    })
  })
  const answer = await signingServiceSigner({ url, key })(csr, ['alpha'], never)
  expect(answer).toEqual({ certificate: 'leaf', chain: 'above' })
  expect(seen).toEqual([
    ...['POST', '/server-certificates', `Bearer ${text}`],
    { csr, names: ['alpha'] },
  ])
})

it('reads the key at every call, so that its own rotation does not matter', async () => {
  let reads = 0
  const counted = () => {
    reads += 1
    return key()
  }
  const url = await answering(201, { certificate: 'leaf', chain: 'above' })
  const signer = signingServiceSigner({ url, key: counted })
  await signer(csr, ['alpha'], never)
  await signer(csr, ['alpha'], never)
  expect(reads).toBe(2)
})

it.each([
  [401, {}, 'rejected'],
  [403, {}, 'refused'],
  [422, { error: text }, 'refused'],
  [429, {}, 'unreachable'],
  [500, {}, 'unreachable'],
  [503, {}, 'unreachable'],
  [201, 'no JSON', 'malformed'],
  [201, 'null', 'malformed'],
  [201, { certificate: 'leaf' }, 'malformed'],
])('takes the answer %s %j for "%s", and repeats nothing of it', async (status, body, code) => {
  const signer = signingServiceSigner({ url: await answering(status, body), key })
  const error: unknown = await signer(csr, ['alpha'], never).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ name: 'SecretError', code })
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(text)
})

it('follows no redirect, since the key would follow it', async () => {
  let calls = 0
  const elsewhere = await serve((_request, response) => {
    calls += 1
    response.writeHead(201).end(JSON.stringify({ certificate: 'leaf', chain: 'above' }))
  })
  const url = await answering(307, {}, { location: `${elsewhere}/server-certificates` })
  const asking = signingServiceSigner({ url, key })(csr, ['alpha'], never)
  await expect(asking).rejects.toMatchObject({ code: 'unreachable' })
  expect(calls).toBe(0)
})

it('ends with its signal, and tells that from a service that does not answer', async () => {
  const gone = signingServiceSigner({ url: 'http://127.0.0.1:9', key })(csr, ['alpha'], never)
  await expect(gone).rejects.toMatchObject({ code: 'unreachable' })
  const url = await serve(() => undefined)
  const stop = new AbortController()
  const asking = signingServiceSigner({ url, key })(csr, ['alpha'], stop.signal)
  stop.abort(new Error('cancelled'))
  await expect(asking).rejects.toThrow('cancelled')
})
