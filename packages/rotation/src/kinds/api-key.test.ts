import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { apiKeyFrom, apiKeyTo, createKeyring, issueApiKey, withApiKey } from '@rekey/api-key-auth'
import { apiKeyAuth } from '@rekey/api-key-auth/node'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { createMemoryStore } from '@rekey/secret-stores'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import {
  apiKeyKind,
  createMemoryJournal,
  type Replica,
  rotate,
  type RotationEvent,
} from '../index.ts'

const NAME = 'API_KEY_ALPHA_BETA'
const env = { REKEY_ENVIRONMENT: 'test' }
const settings = z.object({})

function setUp() {
  const store = createMemoryStore({ [NAME]: issueApiKey({ environment: 'test' }).text.expose() })
  const options = { store, journal: createMemoryJournal() }
  return { store, options }
}

/** A replica of beta: a real server that accepts alpha's keys, and its health listener. */
async function openReceiver(source: ReturnType<typeof createMemoryStore>) {
  const secrets = { alpha: apiKeyFrom('alpha') }
  const service = await loadService(defineService({ name: 'beta', settings, secrets }), {
    env,
    source,
  })
  const keyring = createKeyring(service.secrets)
  const server = createServer(
    apiKeyAuth({ keyring })((_request, response) => void response.end('{}')),
  )
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const health = await openHealthListener(service, { port: 0 })
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await health.close()
    service.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { service: 'beta', url, healthUrl: `http://127.0.0.1:${health.port}` }
}

/** Alpha, whose only work is to call beta. */
async function openSender(source: ReturnType<typeof createMemoryStore>, receiver: Replica) {
  const secrets = { beta: apiKeyTo('beta') }
  const service = await loadService(defineService({ name: 'alpha', settings, secrets }), {
    env,
    source,
  })
  const health = await openHealthListener(service, { port: 0 })
  onTestFinished(async () => {
    await health.close()
    service.close()
  })
  const call = withApiKey(service.secrets.beta, { origins: [receiver.url] })(fetch)
  const replica = { service: 'alpha', url: '', healthUrl: `http://127.0.0.1:${health.port}` }
  return { replica, call: async () => (await call(receiver.url)).status }
}

function kind(fleet: Replica[], patience: { validationMs?: number; deadlineMs?: number } = {}) {
  const { validationMs = 100, deadlineMs = 5_000 } = patience
  return apiKeyKind({
    sender: 'alpha',
    receiver: 'beta',
    fleet,
    environment: 'test',
    validationMs,
    deadlineMs,
    pollMs: 20,
  })
}

it('replaces the key while it is in use, and no call is refused', async () => {
  const { store, options } = setUp()
  const beta = await openReceiver(store)
  const alpha = await openSender(store, beta)
  const before = await store.read(NAME)
  const done = new AbortController()
  const statuses = new Set<number>()
  const calling = (async () => {
    while (!done.signal.aborted) statuses.add(await alpha.call())
  })()
  await rotate(kind([beta, alpha.replica]), options)
  done.abort()
  await calling
  expect([...statuses]).toEqual([200])
  const old = await fetch(beta.url, {
    headers: { authorization: `Bearer ${before.current.value.expose()}` },
  })
  expect(old.status).toBe(401)
})

it('R24 does not let the sender switch before every receiver replica accepts the new key', async () => {
  const { store, options } = setUp()
  const beta = await openReceiver(store)
  const alpha = await openSender(store, beta)
  const deaf = await openReceiver(
    createMemoryStore({ [NAME]: (await store.read(NAME)).current.value.expose() }),
  )
  const rotation = rotate(kind([beta, deaf, alpha.replica], { deadlineMs: 200 }), options)
  const named = expect.stringContaining(deaf.healthUrl) as string
  await expect(rotation).rejects.toMatchObject({ code: 'stopped', step: 'admit', message: named })
  const staged = await store.read(NAME)
  expect([staged.pending !== undefined, staged.previous]).toEqual([true, undefined])
})

it('keeps the old key for as long as somebody uses it', async () => {
  const { store, options } = setUp()
  const beta = await openReceiver(store)
  const alpha = await openSender(store, beta)
  const authorization = `Bearer ${(await store.read(NAME)).current.value.expose()}`
  const laggard = setInterval(() => void fetch(beta.url, { headers: { authorization } }), 20)
  onTestFinished(() => {
    clearInterval(laggard)
  })
  const impatient = kind([beta, alpha.replica], { validationMs: 200, deadlineMs: 300 })
  await expect(rotate(impatient, options)).rejects.toMatchObject({
    code: 'stopped',
    step: 'confirm',
  })
  expect((await store.read(NAME)).previous).toBeDefined()
  clearInterval(laggard)
  await rotate(impatient, options)
  expect((await store.read(NAME)).previous).toBeUndefined()
})

it('undoes the rotation when a receiver that says it accepts the key refuses it', async () => {
  const { store, options } = setUp()
  const beta = await openReceiver(store)
  const alpha = await openSender(store, beta)
  const refusing = createServer((_request, response) => response.writeHead(401).end())
  await new Promise<void>((resolve) => void refusing.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void refusing.close())
  const url = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`
  const rotation = rotate(kind([beta, { ...beta, url }, alpha.replica]), options)
  await expect(rotation).rejects.toMatchObject({
    code: 'undone',
    step: 'prove',
    reason: 'rejected',
  })
  expect((await store.read(NAME)).pending).toBeUndefined()
  expect(await alpha.call()).toBe(200)
})

it('does not take a fleet without receivers for one in which all have acknowledged', async () => {
  const { store, options } = setUp()
  const beta = await openReceiver(store)
  const alpha = await openSender(store, beta)
  const failure = { code: 'stopped', step: 'admit', reason: 'missing' }
  await expect(rotate(kind([alpha.replica]), options)).rejects.toMatchObject(failure)
})

it('tells what it waits for', async () => {
  const { store, options } = setUp()
  const beta = await openReceiver(store)
  const alpha = await openSender(store, beta)
  const events: RotationEvent[] = []
  await rotate(kind([beta, alpha.replica]), {
    ...options,
    onEvent: (event) => void events.push(event),
  })
  const waits = events.filter(({ phase }) => phase === 'waiting').map(({ message }) => message)
  expect(waits.some((message) => message?.includes('old key silent for'))).toBe(true)
})
