import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openAwsStore } from './aws/index.ts'

let server: Server
let length = 0
beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume()
    const text = JSON.stringify({ Name: 'a'.repeat(length) })
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(text)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

it('an answer of AWS of more than 4 MiB is not read, and means unreachable', async () => {
  await using store = await openAwsStore({
    prefix: 'rekey',
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    timeoutMs: 20_000,
  })
  length = 3_000_000
  await expect(store.read('A')).rejects.toMatchObject({ code: 'missing' })
  length = 5_000_000
  await expect(store.read('A')).rejects.toMatchObject({
    code: 'unreachable',
    details: { reason: 'unintelligible' },
  })
})
