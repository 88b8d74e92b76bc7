import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { signingServiceSigner } from './index.ts'

let server: Server
let length = 0
beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume()
    const answer = { certificate: 'c', chain: 'a'.repeat(length) }
    response.writeHead(201).end(JSON.stringify(answer))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

it('an answer of signing of more than 4 MiB is not read, and means unreachable', async () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const sign = signingServiceSigner({ url })
  length = 3_000_000
  await expect(sign('csr', [], new AbortController().signal)).resolves.toMatchObject({
    certificate: 'c',
  })
  length = 5_000_000
  await expect(sign('csr', [], new AbortController().signal)).rejects.toMatchObject({
    code: 'unreachable',
  })
})
