/**
 * Puts a Fastify server behind client certificates.
 *
 * @module
 */
import type { onRequestHookHandler } from 'fastify'
import { admitClient, type ClientAuthOptions } from './client-auth.ts'

export type { ClientAuthEvent, ClientAuthOptions } from './client-auth.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The service whose certificate the connection has; set by `clientAuth`. */
    peer?: string
  }
}

/**
 * Creates a hook that lets in the calls of services with a client certificate, and sets `request.peer`. It runs before the body is
 * parsed; all others get 403 with a code.
 *
 * @example
 * ```ts
 * const app = Fastify({ https: ASK_CLIENTS })
 * followTls(app.server, secrets.tls, { context: { ca: roots } })
 * app.addHook('onRequest', clientAuth({ services: ['frontend'] }))
 * ```
 */
export function clientAuth(options: ClientAuthOptions): onRequestHookHandler {
  return (request, reply, done) => {
    const admission = admitClient(request.raw, options)
    if (admission.ok) {
      request.peer = admission.service
      done()
      return
    }
    const { status, headers, body } = admission.response
    reply.code(status).headers(headers).send(body)
  }
}
