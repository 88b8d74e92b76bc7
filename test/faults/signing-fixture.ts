import { setTimeout as delay } from 'node:timers/promises'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { createMemoryStore } from '@rekey/config-loader/store'
import { createFleet, createMemoryJournal } from '@rekey/rekey/engine'
import { createFakeClock } from '@rekey/secret'
import { followSigningSecret, signingSecret } from '@rekey/signing-keys'
import { signingSecretKind } from '@rekey/signing-keys/rotate'
import Keygrip from 'keygrip'
import { z } from 'zod'
import { Background, type RotationFixture } from './rotation-fixture.ts'

const NAME = 'SIGNING_SECRET_SHOP_SESSION'
const LEASE_MS = 15_000
const LIFE_MS = 10

/** Two replicas of a shop, each of which signs all the while what the other one reads. */
export async function openSigningFixture(): Promise<RotationFixture> {
  const first = signingSecretKind.issue(NAME, { nonProduction: true }).expose()
  const store = createMemoryStore({ [NAME]: first })
  const secrets = { session: signingSecret('session') }
  const definition = defineService({ name: 'shop', settings: z.object({}), secrets })
  const env = { REKEY_ENVIRONMENT: 'test' }
  const replicas = await Promise.all(
    [1, 2].map(async () => {
      const service = await loadService(definition, { env, source: store })
      const health = await openHealthListener(service, { port: 0 })
      const signing = followSigningSecret(service.secrets.session)
      const healthUrl = `http://127.0.0.1:${health.port}`
      const close = async () => {
        signing.close()
        await health.close()
        await service.close()
      }
      return {
        keys: new Keygrip(signing.list),
        replica: { service: 'shop', url: '', healthUrl },
        close,
      }
    }),
  )
  const [one, other] = replicas as [(typeof replicas)[0], (typeof replicas)[0]]
  const load = new Background(async () => {
    const signature = one.keys.sign('session')
    const isRead = other.keys.verify('session', signature)
    await delay(1)
    if (!isRead) throw new Error('a session was refused')
  })
  const clock = createFakeClock()
  const journal = createMemoryJournal(clock)
  return {
    rotator(mortal) {
      const kind = signingSecretKind.rotationOf(
        { name: NAME, parties: ['shop', 'session'], entry: { lifeMs: LIFE_MS } },
        {
          ...{ store: mortal.store(store), nonProduction: true, validationMs: 10, pollMs: 5 },
          fleet: createFleet(
            replicas.map(({ replica }) => replica),
            { fetch: mortal.fetch },
          ),
          ...{ journal: 'store', nameOf: () => '' },
          sqlPool: () => {
            throw new Error('no database of PostgreSQL')
          },
        },
      )
      const parts = { store: mortal.store(store), journal: mortal.journal(journal) }
      return Promise.resolve({ kind, options: { ...parts, leaseMs: LEASE_MS } })
    },
    expireLease: () => clock.advance(LEASE_MS + 1),
    async check(cutsOff) {
      const { pending, previous } = await store.read(NAME)
      if (pending ?? previous) throw new Error('a version is left over')
      const failure = await load.failure()
      if (failure !== undefined && !cutsOff) throw failure
    },
    async close() {
      await load.stop()
      for (const replica of replicas) await replica.close()
    },
  }
}
