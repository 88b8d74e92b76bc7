/**
 * Puts a listener of node:https behind client certificates.
 *
 * @module
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { admitClient, type ClientAuthOptions } from './client-auth.ts'

export type { ClientAuthOptions } from './client-auth.ts'

/** A request listener that gets the service which calls. */
export type PeerListener = (
  request: IncomingMessage,
  response: ServerResponse,
  service: string,
) => void

/**
 * Puts a listener behind client certificates. A call without that of a service is answered with 403 and a code, before its body is
 * read, and does not reach the listener.
 *
 * @example
 * ```ts
 * const guarded = clientAuth({ services: ['frontend'] })((request, response, service) => response.end(service))
 * const server = createServer(ASK_CLIENTS, guarded)
 * followTls(server, secrets.tls, { context: { ca: roots } })
 * ```
 */
export function clientAuth(
  options: ClientAuthOptions,
): (listener: PeerListener) => RequestListener {
  return (listener) => (request, response) => {
    const admission = admitClient(request, options)
    if (admission.ok) {
      listener(request, response, admission.service)
      return
    }
    const { status, headers, body } = admission.response
    response.writeHead(status, headers).end(body)
  }
}
