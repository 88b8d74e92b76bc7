import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import {
  type HealthReport,
  isLoopbackName,
  type NamedLeak,
  REPORT_MAC_HEADER,
  type Secret,
  verifyReportRequest,
} from '@rekey/secret'
import { LISTENER_LIMITS } from './listener.ts'
import { createGauges, type Gauges, METRICS_TYPE, metricsOf } from './metrics.ts'
import { createReadiness, type ReadinessCheck } from './readiness.ts'
import type { Service } from './service.ts'

/** Options of {@link openHealthListener}. */
export interface HealthListenerOptions {
  /** 0 for any that is free. */
  readonly port: number
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Names by which it may be asked, beside loopback, `host` and the address itself. Default none. */
  readonly hosts?: readonly string[]
  /** Keys of which one must sign a request from beyond loopback for names of secrets. Default none: it is refused. */
  readonly keys?: readonly Secret[]
  /** Checks that must pass for `/health/ready`, by name, beside the secrets. Default none. */
  readonly checks?: Readonly<Record<string, ReadinessCheck>>
  /** Checks that are reported alone, see {@link openHealthListener}. */
  readonly warnings?: Readonly<Record<string, ReadinessCheck>>
  /** Values that `/metrics` has beside those of the secrets. Default none. */
  readonly gauges?: Gauges
  /**
   * Values of secrets that were about to be printed: `redactor.leaks` of `@rekey/log-redactor`. While a version of one is live, the
   * warning `leaks` is on. Default: none are reported.
   */
  readonly leaks?: () => readonly NamedLeak[]
  /** How long a readiness check or a gauge may take. Default 2,000. */
  readonly checkTimeoutMs?: number
}

/** The open listener. */
export interface HealthListener extends AsyncDisposable {
  readonly port: number
  close(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly body: string
  /** Default JSON. */
  readonly type?: string
  /** Authenticates the body for the sender of a signed request. */
  readonly mac?: string
}

/** Answers a path. `trusted`: names of secrets may be in it. */
type Route = (trusted: boolean) => Answer | Promise<Answer>

/**
 * Opens the internal listener: `/health/live` (the process runs), `/health/ready` (every check passes and no secret has
 * expired; on loopback it names those that are not fresh, and the warnings, which change no status), `/health/secrets` (names, key ids, versions, ages and uses; no values),
 * `/metrics` (the same for Prometheus, and the gauges). Beyond loopback the last two need a request that is signed with a key, see
 * `signReportRequest`. A request that names another host is answered with 421.
 *
 * @throws {TypeError} for the name of a gauge
 *
 * @example
 * ```ts
 * const health = await openHealthListener(service, { port: 9090, host: '0.0.0.0', keys: [key] })
 * ```
 */
export async function openHealthListener(
  service: Service,
  options: HealthListenerOptions,
): Promise<HealthListener> {
  const { port, host = '127.0.0.1', hosts = [], keys = [] } = options
  const routes = createRoutes(service, options)
  const names = new Set([host.toLowerCase(), ...hosts])
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    if (!isOwnHost(request, names)) return json(421, { error: 'no such host here' })
    const { url: path = '', socket, headers } = request
    const route = routes.get(path)
    if (route === undefined) return json(404, { error: 'not found' })
    const seal = verifyReportRequest(keys, { path, authorization: headers.authorization })
    const found = await route(seal !== undefined || isOnLoopback(socket))
    return { ...found, ...(seal && { mac: seal(found.body) }) }
  }
  const server = createServer(LISTENER_LIMITS, (request, response) => {
    const failed = () => json(500, { error: 'failed' })
    void answer(request)
      .catch(failed)
      .then(({ status, body, type = 'application/json', mac }) => {
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

function createRoutes(service: Service, options: HealthListenerOptions): Map<string, Route> {
  const { leaks } = options
  const health = leaks ? () => withLeaks(service.health(), leaks()) : () => service.health()
  const warnings = leaks ? { ...options.warnings, leaks: noLiveLeak(health) } : options.warnings
  const readiness = createReadiness(service, { ...options, ...(warnings && { warnings }) })
  const report = () => json(200, health())
  const gauges = createGauges(service.name, options.gauges ?? {}, options.checkTimeoutMs ?? 2_000)
  const metrics = async () => {
    const body = [metricsOf(health()), ...(await gauges())].join('')
    return { status: 200, type: METRICS_TYPE, body }
  }
  return new Map<string, Route>([
    ['/health/live', () => json(200, { live: true })],
    [
      '/health/ready',
      async (trusted) => {
        const { ready, ...detail } = await readiness()
        return json(ready ? 200 : 503, { ready, ...(trusted && detail) })
      },
    ],
    ['/health/secrets', confidential(report)],
    ['/metrics', confidential(metrics)],
  ])
}

function withLeaks(report: HealthReport, leaks: readonly NamedLeak[]): HealthReport {
  const secrets = report.secrets.map((secret) => {
    const own = leaks.flatMap(({ name, ...leak }) => (name === secret.name ? leak : []))
    return own.length === 0 ? secret : { ...secret, leaks: own }
  })
  return { ...report, secrets }
}

/** Fails while a version is live that was about to be printed: until it is rotated. */
function noLiveLeak(health: () => HealthReport): ReadinessCheck {
  return () => {
    const leaked = health().secrets.find(({ leaks = [], versions }) =>
      leaks.some((leak) => versions.some(({ version }) => version === leak.version)),
    )
    return leaked === undefined
      ? Promise.resolve()
      : Promise.reject(new Error(`${leaked.name} was about to be printed: rotate it`))
  }
}

/** Refuses those who may not see names of secrets. */
function confidential(route: () => Answer | Promise<Answer>): Route {
  return (trusted) =>
    trusted ? route() : json(401, { error: 'sign the request with the health key' })
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
}

function json(status: number, body: unknown): Answer {
  return { status, body: JSON.stringify(body) }
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
