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
import { apiKeyKind } from '@rekey/api-key-auth/internal/rotate'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { createFleet, createMemoryJournal } from '@rekey/rekey/engine'
import { createFakeClock, type SecretSource } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { z } from 'zod'
import { Background, type OpenStore, type RotationFixture } from './rotation-fixture.ts'
import type { Mortal } from './mortal.ts'

const NAME = 'API_KEY_ALPHA_BETA'
const LEASE_MS = 15_000

/** Alpha calls beta all the while; beta has two replicas. */
export async function openApiKeyFixture(
  openStore: OpenStore = createMemoryStore,
): Promise<RotationFixture> {
  const store = await openStore({ [NAME]: issueApiKey({ environment: 'test' }).text.expose() })
  const betas = await Promise.all([openBeta(store), openBeta(store)])
  const alpha = await openAlpha(
    store,
    betas.map(({ url }) => url),
  )
  const load = new Background(() => alpha.call())
  const replicas = [...betas, alpha].map(({ service, url, healthUrl }) => ({
    service,
    url,
    healthUrl,
  }))
  const clock = createFakeClock()
  const journal = createMemoryJournal(clock)
  return {
    rotator: (mortal: Mortal) => {
      const { fetch } = mortal
      const fleet = createFleet(replicas, { fetch })
      const pair = { sender: 'alpha', receiver: 'beta', environment: 'test' } as const
      const kind = apiKeyKind.rotation({ ...pair, fleet, fetch, validationMs: 10, pollMs: 2 })
      const options = {
        store: mortal.store(store),
        journal: mortal.journal(journal),
        leaseMs: LEASE_MS,
      }
      return Promise.resolve({ kind, options })
    },
    async expireLease() {
      await clock.advance(LEASE_MS + 1)
    },
    async check() {
      const { pending, previous } = await store.read(NAME)
      if (pending ?? previous) throw new Error('a version is left over')
      const accepted = betas.map((beta) => beta.accepted())
      if (accepted.some((count) => count !== 1)) throw new Error('an old key is accepted')
      const failure = await load.failure()
      if (failure !== undefined) throw failure
    },
    async close() {
      await load.stop()
      await Promise.all([alpha, ...betas].map((one) => one.close()))
    },
  }
}

const env = { REKEY_ENVIRONMENT: 'test' }
const settings = z.object({})

async function openBeta(source: SecretSource) {
  const secrets = { alpha: apiKeyFrom('alpha') }
  const definition = defineService({ name: 'beta', settings, secrets })
  const service = await loadService(definition, { env, source })
  const auth = apiKeyAuth({ keyring: createKeyring(service.secrets) })
  const server = createServer(auth((_request, response) => void response.end('{}')))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const health = await openHealthListener(service, { port: 0 })
  return {
    service: 'beta',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    healthUrl: `http://127.0.0.1:${health.port}`,
    accepted: () => service.health().secrets[0]?.versions.length ?? 0,
    async close() {
      server.close()
      server.closeAllConnections()
      await health.close()
      await service.close()
    },
  }
}

async function openAlpha(source: SecretSource, urls: readonly string[]) {
  const secrets = { beta: apiKeyTo('beta') }
  const definition = defineService({ name: 'alpha', settings, secrets })
  const service = await loadService(definition, { env, source })
  const health = await openHealthListener(service, { port: 0 })
  const send = withApiKey(service.secrets.beta, { origins: urls })(fetch)
  return {
    service: 'alpha',
    url: '',
    healthUrl: `http://127.0.0.1:${health.port}`,
    async call() {
      for (const url of urls) {
        const { status, body } = await send(url)
        await body?.cancel()
        if (status !== 200) throw new Error(`beta answered ${status}`)
      }
    },
    async close() {
      await health.close()
      await service.close()
    },
  }
}
