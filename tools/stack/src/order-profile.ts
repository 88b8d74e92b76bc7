import { createSigningRequest } from '@rekey/ca-keystore/internal'
import type { Secret } from '@rekey/secret'
import type { Browser } from '@rekey/testbed'

/** Where the portal is, and how to call it. */
export interface PortalPlace {
  readonly frontendUrl: string
  /** Trusts the certificate of frontend. */
  readonly fetch: typeof fetch
}

/** The answer to an order of a profile, and the key that it was ordered for. */
export interface OrderedProfile {
  readonly response: Response
  /** PKCS#8 in PEM. */
  readonly privateKey: Secret
}

/** Orders a profile as the script of the portal does: it makes a key, and sends the request for its certificate alone. */
export async function orderProfile(
  { frontendUrl, fetch }: PortalPlace,
  browser: Pick<Browser, 'cookieHeader'>,
  signal?: AbortSignal,
): Promise<OrderedProfile> {
  const url = new URL('/profiles', frontendUrl)
  const { csr, privateKey } = createSigningRequest({ commonName: 'not used' })
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      cookie: browser.cookieHeader(url),
      origin: url.origin,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ csr, device: 'a device' }),
    ...(signal && { signal }),
  })
  return { response, privateKey }
}
