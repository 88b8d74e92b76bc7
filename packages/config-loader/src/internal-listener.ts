import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { isLoopbackName, type Secret } from '@rekey/secret'
import { REPORT_MAC_HEADER, verifyReportRequest } from '@rekey/secret/internal'
import { createLimitedServer } from './limited-server.ts'

/** Where an internal listener listens, and whom it trusts. */
export interface InternalListenerOptions {
  /** 0 for any that is free. */
  readonly port: number
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Names by which it may be asked, beside loopback, `host` and the address itself. Default none. */
  readonly hosts?: readonly string[]
  /** Keys of which one must sign a request from beyond loopback for names of secrets. Default none: it is refused. */
  readonly keys?: readonly Secret[]
  /** Serves all routes over TLS. Default: HTTP. */
  readonly tls?: InternalTls
}

/** How an internal listener is served over TLS. `serveReports` of `@rekey/tls-identity` makes one. */
export interface InternalTls {
  /** Has the server show an identity, from now on and whenever it is rotated. */
  readonly follow: (server: TlsServer) => unknown
  /** Answers a request whose client may not see names of secrets, whatever its signature. Default: any client may. */
  readonly refusalFor?: (request: IncomingMessage) => InternalAnswer | undefined
}

/** The open listener. */
export interface HealthListener extends AsyncDisposable {
  readonly port: number
  close(): Promise<void>
}

/** The answer of a path. */
export interface InternalAnswer {
  readonly status: number
  readonly body: string
  /** Default JSON. */
  readonly type?: string
}

/** A request to a route. */
export interface InternalRequest {
  readonly headers: IncomingHttpHeaders
  /** Aborts when the connection is closed. */
  readonly signal: AbortSignal
  /** Reports that the answer will take a while: status 102 (RFC 2518, section 10.1), which clients may ignore. */
  readonly park: () => void
  /** The answer to a client whose certificate is refused, for what is confidential. */
  readonly refusal?: InternalAnswer | undefined
}

/** Answers a path. `trusted`: names of secrets may be in it. */
export type InternalRoute = (
  trusted: boolean,
  request: InternalRequest,
) => InternalAnswer | Promise<InternalAnswer>

interface Sent extends InternalAnswer {
  /** Authenticates the body for the sender of a signed request. */
  readonly mac?: string
}

/**
 * Opens a listener for those who watch a process. Each route learns whether the request comes from loopback or is signed with a key,
 * see `signReportRequest`. A request that names another host is answered with 421. Over TLS, probes need no client certificate.
 *
 * @throws {SecretError} as `tls.follow`
 *
 * @example
 * ```ts
 * const routes = new Map([['/health/live', () => jsonAnswer(200, { live: true })]])
 * await using listener = await openInternalListener(routes, { port: 9090 })
 * ```
 */
export async function openInternalListener(
  routes: ReadonlyMap<string, InternalRoute>,
  { port, host = '127.0.0.1', hosts = [], keys = [], tls }: InternalListenerOptions,
): Promise<HealthListener> {
  const names = new Set([host.toLowerCase(), ...hosts])
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<Sent> => {
    if (!isOwnHost(request, names)) return jsonAnswer(421, { error: 'no such host here' })
    const { url: path = '', socket, headers } = request
    const route = routes.get(path)
    if (route === undefined) return jsonAnswer(404, { error: 'not found' })
    const seal = verifyReportRequest(keys, { path, authorization: headers.authorization })
    const refusal = tls?.refusalFor?.(request)
    const isTrusted = refusal === undefined && (seal !== undefined || isOnLoopback(socket))
    const found = await route(isTrusted, { ...requestOf(request, response), refusal })
    return { ...found, ...(seal && { mac: seal(found.body) }) }
  }
  const server = createListener(tls, (request, response) => {
    const failed = () => jsonAnswer(500, { error: 'failed' })
    void answer(request, response)
      .catch(failed)
      .then(({ status, body, type = 'application/json', mac }: Sent) => {
        const headers = { 'content-type': type, 'cache-control': 'no-store' }
        response.writeHead(status, { ...headers, ...(mac && { [REPORT_MAC_HEADER]: mac }) })
        response.end(body)
      })
  })
  await listen(server, port, host)
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => {
        resolve()
      })
      server.closeAllConnections()
    })
  return { port: (server.address() as AddressInfo).port, close, [Symbol.asyncDispose]: close }
}

/** A client is asked for its certificate, and the answer to a wrong one has the reason; the handshake would not. */
const ASK_CLIENTS = { requestCert: true, rejectUnauthorized: false } as const

function createListener(tls: InternalTls | undefined, listener: RequestListener): Server {
  if (tls === undefined) return createLimitedServer(listener)
  const server = createLimitedServer(listener, tls.refusalFor === undefined ? {} : ASK_CLIENTS)
  tls.follow(server)
  return server
}

function requestOf({ headers }: IncomingMessage, response: ServerResponse): InternalRequest {
  const closed = new AbortController()
  response.once('close', () => {
    closed.abort()
  })
  const park = () => {
    response.writeProcessing()
  }
  return { headers, signal: closed.signal, park }
}

/** Refuses those who may not see names of secrets. */
export function confidential(
  route: (request: InternalRequest) => InternalAnswer | Promise<InternalAnswer>,
): InternalRoute {
  return (trusted, request) => {
    if (request.refusal !== undefined) return request.refusal
    return trusted
      ? route(request)
      : jsonAnswer(401, { error: 'sign the request with the health key' })
  }
}

/** An answer in JSON. */
export function jsonAnswer(status: number, body: unknown): InternalAnswer {
  return { status, body: JSON.stringify(body) }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
}

const HOST = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::\d{1,5})?$/i

/**
 * Whether a request names a host that is this listener's: loopback, one of `names`, or the address that it came in by, as probes do.
 * A page in a browser whose own name was made to resolve to this address (DNS rebinding) names another.
 */
function isOwnHost(
  { headersDistinct, socket }: IncomingMessage,
  names: ReadonlySet<string>,
): boolean {
  const [named = '', ...others] = headersDistinct['host'] ?? []
  const [, host] = HOST.exec(others.length === 0 ? named : '') ?? []
  if (host === undefined || !URL.canParse(`http://${host}`)) return false
  const { hostname } = new URL(`http://${host}`)
  return isLoopbackName(hostname) || names.has(hostname) || hostname === hostnameOf(socket)
}

/** The address that a connection came in by, as a URL has it. */
function hostnameOf({ localAddress }: Socket): string | undefined {
  if (localAddress === undefined) return undefined
  const address = plain(localAddress)
  return address.includes(':') ? new URL(`http://[${address}]`).hostname : address
}

/** Whether both ends of a connection are this machine's loopback. A proxy beside the service has one end there only. */
function isOnLoopback({ localAddress, remoteAddress }: Socket): boolean {
  return [localAddress, remoteAddress].every((address) => {
    const text = plain(address ?? '')
    return text === '::1' || isLoopbackName(text)
  })
}

/** Without the zone of a link, and IPv4 also on a socket of IPv6 (RFC 4291 §2.5.5.2). */
function plain(address: string): string {
  return address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '')
}
