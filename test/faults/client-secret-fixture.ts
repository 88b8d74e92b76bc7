import { randomBytes } from 'node:crypto'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { createRotatingClient, oidcClient } from '@rekey/oidc-client'
import { createFleet, createMemoryJournal } from '@rekey/rekey/engine'
import { type ClientSecretProvider, oidcClientKind } from '@rekey/oidc-client/internal/rotate'
import { createFakeClock, NON_PRODUCTION_PREFIX, type SecretStore } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { openIdentityProvider } from '@rekey/testbed'
import { genericGrantRequest, ResponseBodyError } from 'openid-client'
import { z } from 'zod'
import { Background, type RotationFixture } from './rotation-fixture.ts'
import type { Mortal } from './mortal.ts'

const CLIENT_ID = 'portal'
const NAME = 'OIDC_CLIENT_SECRET_PORTAL'
const LEASE_MS = 15_000

/** A portal asks for tokens all the while, at a provider that holds one client secret or two. */
export async function openClientSecretFixture(holds: 1 | 2): Promise<RotationFixture> {
  const first = NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')
  const store = createMemoryStore({ [NAME]: first })
  const redirectUris = ['http://127.0.0.1:1/callback']
  const client = { clientId: CLIENT_ID, clientSecret: first, redirectUris }
  const provider = await openIdentityProvider({ clients: [client] })
  const { issuer } = provider
  let accepted = [first]
  const set = async (...secrets: [string, string?]) => {
    accepted = secrets.filter((secret) => secret !== undefined)
    await provider.setClientSecret(CLIENT_ID, ...secrets)
  }
  const portal = await openPortal(store, issuer)
  const load = new Background(portal.ask)
  const replicas = [{ service: 'portal', url: '', healthUrl: portal.healthUrl }]
  const clock = createFakeClock()
  const journal = createMemoryJournal(clock)
  return {
    rotator(mortal) {
      const fleet = createFleet(replicas, { fetch: mortal.fetch })
      const place = { service: 'portal', issuer, clientId: CLIENT_ID, fleet, nonProduction: true }
      const told = tell(mortal, { store, holds, set })
      const patience = { validationMs: 10, pollMs: 5 }
      const kind = oidcClientKind.rotation({ ...place, ...patience, provider: told })
      const parts = { store: mortal.store(store), journal: mortal.journal(journal) }
      return Promise.resolve({ kind, options: { ...parts, leaseMs: LEASE_MS } })
    },
    expireLease: () => clock.advance(LEASE_MS + 1),
    async check() {
      const { current, pending, previous } = await store.read(NAME)
      if (pending ?? previous) throw new Error('a version is left over')
      const isAlone = accepted.length === 1 && accepted[0] === current.value.expose()
      if (!isAlone) throw new Error(`the provider accepts ${accepted.length} secrets`)
      const failure = await load.failure()
      if (failure !== undefined) throw failure
    },
    async close() {
      await load.stop()
      await portal.close()
      await provider[Symbol.asyncDispose]()
    },
  }
}

interface Told {
  readonly store: SecretStore
  readonly holds: 1 | 2
  readonly set: (...secrets: [string, string?]) => Promise<void>
}

/** The provider's administration, every change of it a call. */
function tell(mortal: Mortal, { store, holds, set }: Told): ClientSecretProvider {
  const change = (name: string, work: () => Promise<void>) => mortal.ask(`provider.${name}`, work)
  const step = { generate: '', admit: '', revoke: '' }
  return {
    name: 'the provider',
    slots: holds === 2 ? 'two-secrets' : 'one',
    plan: () => Promise.resolve(step),
    accept: ({ current, next }) =>
      change('accept', () =>
        holds === 2 ? set(next.expose(), current.expose()) : set(next.expose()),
      ),
    withdraw: ({ current }) => change('withdraw', () => set(current.expose())),
    retire: () =>
      change('retire', async () => set((await store.read(NAME)).current.value.expose())),
  }
}

async function openPortal(source: SecretStore, issuer: string) {
  const definition = defineService({
    name: 'portal',
    settings: z.object({ OIDC_ISSUER: z.url(), OIDC_CLIENT_ID: z.string() }),
    secrets: { oidc: oidcClient() },
  })
  const env = { REKEY_ENVIRONMENT: 'test', OIDC_ISSUER: issuer, OIDC_CLIENT_ID: CLIENT_ID }
  const service = await loadService(definition, { env, source })
  const health = await openHealthListener(service, { port: 0 })
  const secret = service.secrets.oidc
  const oidc = createRotatingClient({ issuer, clientId: CLIENT_ID, secret })
  return {
    healthUrl: `http://127.0.0.1:${health.port}`,
    /** A code that was never given: a client that is known is told so. */
    ask: () =>
      oidc
        .authenticated((configuration) =>
          genericGrantRequest(configuration, 'authorization_code', {
            code: 'none',
            redirect_uri: 'http://127.0.0.1:1/callback',
          }),
        )
        .catch((error: unknown) => {
          const isKnown = error instanceof ResponseBodyError && error.error === 'invalid_grant'
          if (!isKnown) throw error
        }),
    async close() {
      oidc.close()
      await health.close()
      await service.close()
    },
  }
}
