// @lane servers
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { runInNewContext } from 'node:vm'
import { apiKeyFrom, apiKeyTo, createKeyring, issueApiKey, withApiKey } from '@rekey/api-key-auth'
import { apiKeyAuth } from '@rekey/api-key-auth/fastify'
import { apiKeyKind } from '@rekey/api-key-auth/internal/rotate'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { createFleet, createMemoryJournal, rotate } from '@rekey/rekey/engine'
import { createMemoryStore } from '@rekey/config-loader/store'
import fastify from 'fastify'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { readRunbook } from '@rekey/test-support'

const env = { REKEY_ENVIRONMENT: 'test' }
const settings = z.object({})
const NAME = 'API_KEY_FRONTEND_SIGNING'

type Store = ReturnType<typeof createMemoryStore>

/** The receiver of the README: what its first example holds is executed as it is written there. */
async function openReceiver(source: Store) {
  const secrets = { frontend: apiKeyFrom('frontend') }
  const definition = defineService({ name: 'signing', settings, secrets })
  const service = await loadService(definition, { env, source })
  const app = fastify()
  const [example = ''] = (await readRunbook('packages/api-key-auth/README.md')).blocks('ts')
  expect(example).toContain('apiKeyAuth(')
  runInNewContext(example, { createKeyring, apiKeyAuth, service, app })
  app.get('/hello', (request) => request.caller?.caller)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const health = await openHealthListener(service, { port: 0 })
  onTestFinished(async () => {
    await app.close()
    await health.close()
    await service.close()
  })
  return { service: 'signing', url, healthUrl: `http://127.0.0.1:${health.port}` }
}

async function openSender(source: Store, url: string) {
  const definition = defineService({
    name: 'frontend',
    settings,
    secrets: { to: apiKeyTo('signing') },
  })
  const service = await loadService(definition, { env, source })
  const health = await openHealthListener(service, { port: 0 })
  onTestFinished(async () => {
    await health.close()
    await service.close()
  })
  const send = withApiKey(service.secrets.to, { origins: [url] })(fetch)
  const replica = { service: 'frontend', url: '', healthUrl: `http://127.0.0.1:${health.port}` }
  return { replica, call: async () => (await send(new URL('/hello', url))).text() }
}

/** A store with one key, and its receiver and sender. */
async function setUp() {
  const first = issueApiKey({ environment: 'test' }).text
  const store = createMemoryStore({ [NAME]: first.expose() })
  const receiver = await openReceiver(store)
  const sender = await openSender(store, receiver.url)
  const parties = { sender: 'frontend', receiver: 'signing', environment: 'test' } as const
  const times = { validationMs: 50, deadlineMs: 400, pollMs: 20 }
  const kindFor = (signing: typeof receiver) =>
    apiKeyKind.rotation({ ...parties, ...times, fleet: createFleet([signing, sender.replica]) })
  return { first, store, receiver, sender, kindFor, journal: createMemoryJournal() }
}

it('a receiver that is built as the README of api-key-auth shows is rotated', async () => {
  const { first, store, receiver, sender, kindFor, journal } = await setUp()
  expect(await sender.call()).toBe('frontend')
  await rotate(kindFor(receiver), { store, journal })
  expect(await sender.call()).toBe('frontend')
  const headers = { authorization: `Bearer ${first.expose()}` }
  expect((await fetch(receiver.url, { headers })).status).toBe(401)
})

it('a receiver that does not serve the proof is named with the path and the status of its answer', async () => {
  const { store, receiver, kindFor, journal } = await setUp()
  const other = createServer((_request, response) => response.writeHead(404).end())
  await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
  const rotation = rotate(kindFor({ ...receiver, url }), { store, journal })
  await expect(rotation).rejects.toMatchObject({ code: 'stopped', step: 'prove' })
  await expect(rotation).rejects.toThrow(`GET ${url}/api-key/proof with 404 instead of 204`)
})
