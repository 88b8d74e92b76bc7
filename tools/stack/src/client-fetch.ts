import type { DisposalStack } from '@rekey/secret'
import { createTlsFetch } from '@rekey/tls-identity'
import { openTrustedFetch } from '@rekey/secret/trust'

/** The roots that a client of the portal trusts. */
export interface ClientTrust {
  /** Each replica of frontend. */
  readonly frontendUrls: readonly string[]
  /** PEM of the root of the family. */
  readonly trust: string
  /** PEM of the root of everything else. */
  readonly publicRoot: string
}

/** Opens the `fetch` of a client of the portal: it calls frontend by its name, and follows to the identity provider. */
export async function openClientFetch(
  { frontendUrls, trust, publicRoot }: ClientTrust,
  own: DisposalStack,
): Promise<typeof fetch> {
  const frontend = own.use(createTlsFetch({ trust, name: 'frontend' }), 'connections of clients')
  const other = own.use(await openTrustedFetch(publicRoot), 'connections of clients elsewhere')
  const origins = new Set(frontendUrls.map((url) => new URL(url).origin))
  return (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    return (origins.has(url.origin) ? frontend : other).fetch(input, init)
  }
}
