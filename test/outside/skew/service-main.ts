import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { apiKeyAuth, apiKeyFrom, apiKeyTo, createKeyring, withApiKey } from '@rekey/api-key-auth'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { openRotatingPool, postgresLogin } from '@rekey/db-pool-rotator'
import { z } from 'zod'

/** A service that sends requests to the other one without a pause, and one that answers each from its database. */
const [role = '', target = ''] = process.argv.slice(2)
const PAUSE_MS = 5

const report = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)

async function receive(): Promise<void> {
  const secrets = { sender: apiKeyFrom('sender'), database: postgresLogin() }
  const definition = defineService({ name: 'receiver', settings: z.object({}), secrets })
  const service = await loadService(definition, { env: process.env })
  const keyring = createKeyring({ sender: service.secrets.sender })
  const pool = await openRotatingPool({ credentials: service.secrets.database })
  const answer = apiKeyAuth({ keyring })((_request, response) => {
    void pool.query('select current_user').then(
      () => response.end(),
      () => response.writeHead(500).end(),
    )
  })
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const health = await openHealthListener(service, { port: 0 })
  report({ port, health: health.port })
}

/** Sends until its input ends, then reports what it has counted. */
async function send(): Promise<void> {
  const secrets = { receiver: apiKeyTo('receiver') }
  const definition = defineService({ name: 'sender', settings: z.object({}), secrets })
  const service = await loadService(definition, { env: process.env })
  const health = await openHealthListener(service, { port: 0 })
  report({ port: health.port, health: health.port })
  const call = withApiKey(service.secrets.receiver, { origins: [new URL(target).origin] })(fetch)
  const counted = { sent: 0, lost: 0 }
  const over = new AbortController()
  process.stdin
    .once('end', () => {
      over.abort()
    })
    .resume()
  while (!over.signal.aborted) {
    counted.sent += 1
    const isAnswered = await call(target).then(
      ({ ok }) => ok,
      () => false,
    )
    if (!isAnswered) counted.lost += 1
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  report(counted)
  process.exit()
}

await (role === 'receiver' ? receive() : send())
