import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { followIntegration, integrationSecret } from '@rekey/integration-secret'
import { integrationName } from '@rekey/integration-secret/internal'
import { AdapterClient } from '@rekey/integration-secret/internal/adapter'
import { createRequestVerifier } from '@rekey/integration-secret/adapter'
import { AdapterCredentials, integrationKind } from '@rekey/integration-secret/internal/rotate'
import { createFleet, createMemoryJournal } from '@rekey/rekey/engine'
import {
  createFakeClock,
  NON_PRODUCTION_PREFIX,
  Secret,
  SecretError,
  type SecretSource,
} from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { z } from 'zod'
import { Background, type RotationFixture } from './rotation-fixture.ts'

const NAME = integrationName('shop', 'smtp')
const LEASE_MS = 15_000

/** The abilities of a third party. */
export interface Abilities {
  readonly holds: 1 | 2
  readonly takesValues: boolean
}

const newValue = () => NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')

/** A shop calls a third party all the while, whose credentials an adapter changes over HTTP. */
export async function openIntegrationFixture(abilities: Abilities): Promise<RotationFixture> {
  const first = newValue()
  const store = createMemoryStore({ [NAME]: first })
  const party = await openThirdParty(abilities, first)
  const shop = await openShop(store, async (value) => {
    const headers = { authorization: `Bearer ${value.expose()}` }
    const { status } = await fetch(`${party.url}/whoami`, { headers })
    if (status === 401) throw new SecretError('rejected', 'the third party refuses the credential')
  })
  const load = new Background(shop.call)
  const replicas = [{ service: 'shop', url: '', healthUrl: shop.healthUrl }]
  const clock = createFakeClock()
  const journal = createMemoryJournal(clock)
  return {
    rotator(mortal) {
      const fleet = createFleet(replicas, { fetch: mortal.fetch })
      const key = () => Promise.resolve(party.key)
      const adapter = new AdapterClient({ url: party.url, key, fetch: mortal.fetch })
      const provider = new AdapterCredentials(adapter, { nonProduction: true, gapMs: 5_000 })
      const place = { service: 'shop', name: 'smtp', fleet, provider, nonProduction: true }
      const kind = integrationKind.rotation({ ...place, validationMs: 10, pollMs: 5 })
      const parts = { store: mortal.store(store), journal: mortal.journal(journal) }
      return Promise.resolve({ kind, options: { ...parts, leaseMs: LEASE_MS } })
    },
    expireLease: () => clock.advance(LEASE_MS + 1),
    async check() {
      const { current, pending, previous } = await store.read(NAME)
      if (pending ?? previous) throw new Error('a version is left over')
      const accepted = party.accepted()
      const isAlone = accepted.length === 1 && accepted[0] === current.value.expose()
      if (!isAlone) throw new Error(`the third party accepts ${accepted.length} credentials`)
      const failure = await load.failure()
      if (failure !== undefined) throw failure
    },
    async close() {
      await load.stop()
      await shop.close()
      party.close()
    },
  }
}

async function openThirdParty({ holds, takesValues }: Abilities, first: string) {
  const key = Secret.of(randomBytes(32).toString('base64url'), 'the key of the adapter')
  const isGenuine = createRequestVerifier({ keys: () => [key] })
  let held = [{ id: 'first', value: first, idempotencyKey: '' }]
  const create = (idempotencyKey: string, value = newValue()) => {
    const known = held.find((one) => one.idempotencyKey === idempotencyKey)
    if (known !== undefined) return known
    const made = { id: randomUUID(), value, idempotencyKey }
    held = [...(holds === 2 ? held : []), made]
    return made
  }
  const answer = (request: string, body: string) => {
    const { idempotencyKey, value } = JSON.parse(body || '{}') as Record<string, string>
    if (request === 'GET /credentials') return { holds, takesValues, credentials: held }
    if (request === 'POST /credentials') return create(idempotencyKey ?? '', value)
    const found = held.find((one) => one.value === value)
    if (request === 'POST /verify') return { accepted: found !== undefined, id: found?.id }
    held = held.filter(({ id }) => request !== `DELETE /credentials/${id}`)
    return {}
  }
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request
    const { authorization } = headers
    void text(request).then((body) => {
      const isKnown = held.some(({ value }) => authorization === `Bearer ${value}`)
      if (path === '/whoami') response.writeHead(isKnown ? 200 : 401).end()
      else if (isGenuine({ method, path, body, authorization }))
        response.end(JSON.stringify(answer(`${method} ${path}`, body)))
      else response.writeHead(401).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    key,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accepted: () => held.map(({ value }) => value),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function openShop(source: SecretSource, request: (credential: Secret) => Promise<void>) {
  const secrets = { smtp: integrationSecret('smtp') }
  const definition = defineService({ name: 'shop', settings: z.object({}), secrets })
  const service = await loadService(definition, { env: { REKEY_ENVIRONMENT: 'test' }, source })
  const health = await openHealthListener(service, { port: 0 })
  const smtp = followIntegration(service.secrets.smtp)
  return {
    healthUrl: `http://127.0.0.1:${health.port}`,
    call: () => smtp.use(request),
    async close() {
      smtp.close()
      await health.close()
      await service.close()
    },
  }
}
