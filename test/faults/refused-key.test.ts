// @lane servers
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  apiKeyFrom,
  apiKeyTo,
  createKeyring,
  issueApiKey,
  withApiKey,
  apiKeyAuth,
} from '@rekey/api-key-auth'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { createFakeClock, Secret, type SecretStore } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { countReads } from './counted-source.ts'

const NAME = 'API_KEY_ALPHA_BETA'
const MAX_STALE_MS = 60_000
const env = { REKEY_ENVIRONMENT: 'test' }
const policy = { ttlMs: 30_000, maxStaleMs: MAX_STALE_MS }
const settings = z.object({})
const newKey = () => issueApiKey({ environment: 'test' }).text

/** A receiver behind a real server, and a sender; each has a source of its own. */
async function openPair() {
  const key = newKey()
  const stores = [0, 1].map(() => createMemoryStore({ [NAME]: key.expose() }))
  const [receiverStore, senderStore] = stores as [SecretStore, SecretStore]
  const [receiverSource, senderSource] = [countReads(receiverStore), countReads(senderStore)]
  const clock = createFakeClock()
  const options = { env, clock, policy }
  const beta = await loadService(
    defineService({ name: 'beta', settings, secrets: { alpha: apiKeyFrom('alpha') } }),
    { ...options, source: receiverSource },
  )
  const alpha = await loadService(
    defineService({ name: 'alpha', settings, secrets: { beta: apiKeyTo('beta') } }),
    { ...options, source: senderSource },
  )
  const auth = apiKeyAuth({ keyring: createKeyring(beta.secrets) })
  const server = createServer(auth((_request, response) => void response.end('{}')))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const health = await openHealthListener(beta, { port: 0 })
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await health.close()
    await Promise.all([alpha.close(), beta.close()])
  })
  const send = withApiKey(alpha.secrets.beta, { origins: [url] })(fetch)
  const call = async () => {
    const response = await send(url)
    await response.arrayBuffer()
    return response
  }
  const healthUrl = `http://127.0.0.1:${health.port}`
  return { ...{ alpha, beta, clock, call, healthUrl }, receiverSource, senderSource, stores }
}

async function replace(store: SecretStore, text: Secret): Promise<void> {
  const staged = await store.stage(NAME, text, (await store.read(NAME)).revision)
  const promoted = await store.promote(NAME, staged.revision)
  await store.revoke(NAME, promoted.revision)
}

it('reads its source once after 401, however many requests wait, and none of them fails', async () => {
  const { alpha, beta, call, senderSource, stores } = await openPair()
  expect((await call()).status).toBe(200)
  const next = newKey()
  for (const store of stores) await replace(store, next)
  await beta.secrets.alpha.rejected('retiring')
  senderSource.reads = 0
  const answers = await Promise.all(Array.from({ length: 100 }, call))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(senderSource.reads).toBe(1)
  expect(alpha.health().secrets[0]?.counts).toMatchObject({ rejections: 1, changes: 1 })
})

it('a receiver whose keys have expired blames itself, not the sender, and recovers by itself', async () => {
  const { alpha, beta, call, clock, receiverSource, healthUrl } = await openPair()
  receiverSource.isDown = true
  await clock.advance(MAX_STALE_MS)
  expect((await call()).status).toBe(200)
  await clock.advance(30_000)
  const refused = await call()
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([503, null])
  expect(alpha.secrets.beta.usage.report().failures).toBe(0)
  expect(beta.secrets.alpha.usage.report().failures).toBe(0)
  const ready = await fetch(`${healthUrl}/health/ready`)
  expect(ready.status).toBe(503)
  expect(await ready.json()).toEqual({ ready: false, checks: {}, secrets: { [NAME]: 'expired' } })
  receiverSource.isDown = false
  await clock.advance(30_000)
  expect((await call()).status).toBe(200)
  expect((await fetch(`${healthUrl}/health/ready`)).status).toBe(200)
})

it('a sender whose key has expired sends nothing', async () => {
  const { call, clock, senderSource } = await openPair()
  senderSource.isDown = true
  await clock.advance(MAX_STALE_MS + 30_000)
  await expect(call()).rejects.toMatchObject({
    code: 'unreachable',
    details: { reason: 'expired' },
  })
})
