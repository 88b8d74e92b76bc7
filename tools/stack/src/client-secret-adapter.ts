import { createHash, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { AdapterOrder } from '@rekey/oidc-client/internal/rotate'
import type { Secret } from '@rekey/secret'
import type { IdentityProvider } from '@rekey/testbed'
import type { ServerTls } from '@rekey/testbed/certificates'

/** The name of the bearer token of the adapter, in the store of the stack. */
export const ADAPTER_TOKEN = 'IDENTITY_PROVIDER_ADAPTER'

/** Options of {@link openClientSecretAdapter}. */
export interface AdapterOptions {
  readonly provider: Pick<IdentityProvider, 'setClientSecret'>
  readonly clientId: string
  readonly token: Secret
  readonly tls: ServerTls
}

/** An open adapter. */
export interface ClientSecretAdapter {
  readonly url: string
  close(): Promise<void>
}

/**
 * Opens the HTTP adapter by which a rotator in another process changes the client secret at the identity provider of the stack:
 * `PUT /` in the format of `adapterProvider`. It stands in for the administration interface of a real provider.
 */
export async function openClientSecretAdapter(
  options: AdapterOptions,
): Promise<ClientSecretAdapter> {
  const server = createServer(options.tls, (request, response) => {
    serve(request, options).then(
      (status) => response.writeHead(status).end(),
      () => response.writeHead(500).end(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function serve(
  request: IncomingMessage,
  { provider, clientId, token }: AdapterOptions,
): Promise<number> {
  if (!isBearer(request.headers.authorization, token)) return 401
  if (request.method !== 'PUT') return 405
  const { secret, alsoAccepted } = JSON.parse(await text(request)) as AdapterOrder
  await provider.setClientSecret(
    clientId,
    secret,
    ...(alsoAccepted === undefined ? [] : [alsoAccepted]),
  )
  return 204
}

function isBearer(header: string | undefined, token: Secret): boolean {
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token.expose()}`))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
