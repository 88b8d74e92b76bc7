import { randomBytes } from 'node:crypto'
import { createRotatingClient, oidcClient } from '@rekey/oidc-client'
import { proveClientSecret } from '@rekey/oidc-client/internal'
import { adapterProvider, oidcClientKind } from '@rekey/oidc-client/internal/rotate'
import { NON_PRODUCTION_PREFIX, type SecretVersion } from '@rekey/secret'
import type { ProbeContext } from '@rekey/secret/internal'
import { clientCredentialsGrant } from 'openid-client'
import { CallCount } from './call-count.ts'
import { IdentityProvider } from './identity-provider.ts'
import { holding, type KindWorld, type ServiceName, WAITS } from './kind-world.ts'
import type { Network } from './network.ts'
import type { VirtualProcess } from './virtual-process.ts'
import type { WorldParts } from './world-parts.ts'

/** The name of the secret with which a rotator calls the adapter of a provider. */
const ADAPTER_TOKEN = 'IDP_ADAPTER_TOKEN'

/** The client of one service at a provider that holds one or two of its secrets; each replica asks for tokens. */
export function clientSecretWorld(
  parts: WorldParts,
  { network, service, holds }: { network: Network; service: ServiceName; holds: 1 | 2 },
): KindWorld {
  const title = `client secret, provider holds ${holds}`
  const calls = new CallCount(parts, title)
  const firstSecret = NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')
  const adapterToken = randomBytes(32).toString('base64url')
  const client = { clientId: service, firstSecret, holds, adapterToken }
  const provider = new IdentityProvider(`idp-of-${service}`, client, parts, calls)
  const { issuer } = provider
  network.connect(issuer, provider)
  const address = { issuer, clientId: service }
  const secret = oidcClient().nameFor(service)
  const spec = (process: VirtualProcess) => ({
    ...oidcClient(),
    // As the spec itself does, over the network of the model.
    probe: ({ value }: SecretVersion, { signal }: ProbeContext) =>
      proveClientSecret({ ...address, fetch: network.fetchOf(process) }, value, signal),
  })
  return {
    title,
    secret,
    firstValue: firstSecret,
    ownSecrets: { [ADAPTER_TOKEN]: adapterToken },
    calls,
    parts: {
      [service]: holding(spec, (process, live) => {
        const { name, clock } = process
        const fetch = network.fetchOf(process)
        const rotating = createRotatingClient({ ...address, secret: live, clock, fetch })
        return {
          call: () => calls.count(name, () => rotating.authenticated(clientCredentialsGrant)),
          replicaGoes: () => {
            rotating.close()
          },
        }
      }),
    },
    rotates(process, { fleet, store }) {
      const fetch = network.fetchOf(process)
      const names = { secretName: secret, tokenName: ADAPTER_TOKEN }
      const provider = adapterProvider({ url: `${issuer}/client`, ...names, store, fetch })
      const given = { fleet, fetch, provider, nonProduction: true }
      return oidcClientKind.rotation({ ...WAITS, ...given, ...address, service })
    },
  }
}
