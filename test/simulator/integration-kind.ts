import { randomBytes } from 'node:crypto'
import { followIntegration, integrationSecret } from '@rekey/integration-secret'
import { integrationName } from '@rekey/integration-secret/internal'
import { AdapterClient } from '@rekey/integration-secret/internal/adapter'
import { AdapterCredentials, integrationKind } from '@rekey/integration-secret/internal/rotate'
import { NON_PRODUCTION_PREFIX, SecretError } from '@rekey/secret'
import { CallCount } from './call-count.ts'
import { holding, type KindWorld, WAITS } from './kind-world.ts'
import type { Network } from './network.ts'
import { type Behaviour, ThirdParty } from './third-party.ts'
import type { WorldParts } from './world-parts.ts'

const ORIGIN = 'https://third-party'

/** A credential of alpha at a third party, which each replica calls; an adapter changes it there. */
export function integrationWorld(
  parts: WorldParts,
  network: Network,
  behaviour: Behaviour = { most: 2, takesValues: true },
): KindWorld & { readonly thirdParty: ThirdParty } {
  const calls = new CallCount(parts, 'integration secret')
  const firstValue = NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')
  const thirdParty = new ThirdParty(behaviour, firstValue, parts, calls)
  network.connect(ORIGIN, thirdParty)
  return {
    title: 'integration secret',
    secret: integrationName('alpha', 'sms'),
    firstValue,
    calls,
    thirdParty,
    parts: {
      alpha: holding(
        () => integrationSecret('sms'),
        (process, live) => {
          const fetch = network.fetchOf(process)
          const followed = followIntegration(live)
          const call = () => followed.use((credential) => ask(fetch, credential.expose()))
          return {
            call: () => calls.count(process.name, call),
            replicaGoes: () => {
              followed.close()
            },
          }
        },
      ),
    },
    rotates(process, { fleet }) {
      const { clock } = process
      const key = () => Promise.resolve(thirdParty.adapterKey)
      const url = `${ORIGIN}/adapter`
      const asked = network.fetchOf(process)
      const fetch: typeof asked = (...call) => process.request(() => asked(...call))
      const adapter = new AdapterClient({ url, key, clock, fetch })
      const provider = new AdapterCredentials(adapter, { nonProduction: true, gapMs: 60_000 })
      const given = { service: 'alpha', name: 'sms', fleet, provider, nonProduction: true }
      return integrationKind.rotation({ ...WAITS, ...given })
    },
  }
}

async function ask(fetch: typeof globalThis.fetch, credential: string): Promise<void> {
  const headers = { authorization: `Bearer ${credential}` }
  const { status } = await fetch(ORIGIN, { headers })
  if (status === 401) throw new SecretError('rejected', 'the third party refuses it')
}
