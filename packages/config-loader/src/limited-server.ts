import { createServer, type RequestListener, type Server } from 'node:http'
import {
  createServer as createTlsServer,
  type Server as TlsServer,
  type ServerOptions,
} from 'node:https'

/**
 * How long a listener waits for a request, in milliseconds: for its headers, then for all of it. Node.js waits 60 s and 300 s,
 * Fastify for ever, so that a few slow clients hold every connection.
 *
 * @example
 * ```ts
 * Fastify({ ...LISTENER_LIMITS, http: LISTENER_LIMITS })
 * ```
 */
export const LISTENER_LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  // Of TLS alone: a connection that has not ended its handshake cannot be closed otherwise.
  handshakeTimeout: 5_000,
} as const

/**
 * Creates a server with {@link LISTENER_LIMITS}, which listens when it is asked to: by http, or with options of `node:tls` by https.
 *
 * @example
 * ```ts
 * const server = createLimitedServer((request, response) => response.end('hello'))
 * server.listen(8080, '127.0.0.1')
 * ```
 */
export function createLimitedServer(listener: RequestListener): Server
export function createLimitedServer(listener: RequestListener, tls: ServerOptions): TlsServer
export function createLimitedServer(listener: RequestListener, tls?: ServerOptions): Server {
  if (tls === undefined) return createServer(LISTENER_LIMITS, listener)
  return createTlsServer({ ...tls, ...LISTENER_LIMITS }, listener)
}
