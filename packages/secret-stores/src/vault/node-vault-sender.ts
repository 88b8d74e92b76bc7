import type http from 'node:http'
import nodeVault from 'node-vault'
import { followRedirect } from './follow-redirect.ts'
import type { HttpAnswer } from './http-exchange.ts'

/** A request as node-vault takes it, and hands it on together with a `uri`. */
export interface OutgoingRequest {
  readonly method: string
  /** With the slash at its beginning. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly json?: Readonly<Record<string, unknown>>
  readonly agent: http.Agent
  /** What errors call it. */
  readonly what: string
  readonly signal: AbortSignal
}

/**
 * Sends requests to the Vault at `endpoint` by node-vault. It makes the request, and only that; what it cannot be told to do
 * safely is replaced, through the hooks that it has for it:
 * - Its HTTP client (axios) follows redirects with the token to any host, unpacks any size, and puts the token into its
 *   errors: `request-promise` takes an exchange with limits in its stead.
 * - `DEBUG=node-vault` prints bodies: `debug` does nothing.
 * - It takes token, namespace and prefix from the environment behind one's back: they are emptied.
 * - It puts Vault's whole answer into its errors: `handleVaultResponse` hands every answer on.
 *
 * @param redirectOrigins where a redirect may lead, beside `endpoint` itself
 */
export function createSender(
  endpoint: string,
  redirectOrigins: readonly string[],
): (request: OutgoingRequest) => Promise<HttpAnswer> {
  const origins = [endpoint, ...redirectOrigins]
  const transport = ({ uri, json, ...rest }: OutgoingRequest & { readonly uri: string }) =>
    followRedirect(
      { ...rest, url: new URL(uri), ...(json !== undefined && { body: JSON.stringify(json) }) },
      origins,
    )
  const vault = nodeVault({
    endpoint,
    apiVersion: 'v1',
    debug: () => undefined,
    'request-promise': { defaults: () => transport },
  })
  Object.assign(vault, { token: '', namespace: '', pathPrefix: '' })
  vault.handleVaultResponse = (answer) => Promise.resolve(answer)
  return (request) => vault.request({ ...request }) as Promise<HttpAnswer>
}
