import { apiKeyFrom, apiKeyTo, createKeyring, issueApiKey, withApiKey } from '@rekey/api-key-auth'
import { apiKeyKind } from '@rekey/api-key-auth/internal/rotate'
import { CallCount } from './call-count.ts'
import type { FleetModel } from './fleet-model.ts'
import { answerBy } from './key-replicas.ts'
import { holding, type KindWorld, WAITS } from './kind-world.ts'
import type { Network } from './network.ts'
import type { WorldParts } from './world-parts.ts'

/** An API key: each alpha calls the replicas of beta in turn, at `receivers` of them over time. */
export function apiKeyWorld(
  parts: WorldParts,
  { network, fleet, receivers }: { network: Network; fleet: FleetModel; receivers: string[] },
): KindWorld {
  const calls = new CallCount(parts, 'API key')
  const origins = receivers.map((name) => `https://${name}`)
  return {
    title: 'API key',
    secret: 'API_KEY_ALPHA_BETA',
    firstValue: issueApiKey({ environment: 'test' }).text.expose(),
    calls,
    parts: {
      alpha: holding(
        () => apiKeyTo('beta'),
        (process, live) => {
          const fetch = withApiKey(live, { origins })(network.fetchOf(process))
          return {
            async call() {
              const receiver = fleet.oneOf('beta')
              if (receiver !== undefined)
                await calls.count(process.name, () => ask(fetch, receiver))
            },
          }
        },
      ),
      beta: holding(
        () => apiKeyFrom('alpha'),
        (process, live) => {
          const answer = answerBy(createKeyring({ alpha: live }, { clock: process.clock }))
          return {
            async handle(request, from) {
              const response = await answer(request, from)
              if (response.status !== 200) calls.refuse(from)
              return response
            },
          }
        },
      ),
    },
    rotates(process, { fleet }) {
      const fetch = network.fetchOf(process)
      const parties = { sender: 'alpha', receiver: 'beta', environment: 'test' } as const
      return apiKeyKind.rotation({ ...WAITS, ...parties, fleet, fetch })
    },
  }
}

async function ask(fetch: typeof globalThis.fetch, receiver: string): Promise<void> {
  const { status } = await fetch(`https://${receiver}/`)
  if (status !== 200) throw new TypeError(`status ${status}`)
}
