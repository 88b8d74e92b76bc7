import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { METRICS_TYPE, metricsOf } from './metrics.ts'
import type { Service } from './service.ts'

/** Something that must work for the service to be ready: a query, a key that is loaded. Rejects if it does not. */
export type ReadinessCheck = () => Promise<unknown>

/** What {@link openHealthListener} may be given. */
export interface HealthListenerOptions {
  readonly port: number
  /** Default `127.0.0.1`. Never a public address: the report names every secret. */
  readonly host?: string
  readonly checks?: Readonly<Record<string, ReadinessCheck>>
  /** How long a readiness check may take. Default 2,000. */
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
}

/**
 * Opens the internal listener: `/health/live` (the process runs), `/health/ready` (every check passes and no secret has
 * expired; names those that are not fresh), `/health/secrets` (names, key ids, versions, ages and uses; no values),
 * `/metrics` (the same for Prometheus).
 */
export async function openHealthListener(
  service: Service,
  options: HealthListenerOptions,
): Promise<HealthListener> {
  const { port, host = '127.0.0.1', checks = {}, checkTimeoutMs = 2_000 } = options
  const routes: Record<string, () => Answer | Promise<Answer>> = {
    '/health/live': () => json(200, { live: true }),
    '/health/ready': () => readiness(service, checks, checkTimeoutMs),
    '/health/secrets': () => json(200, service.health()),
    '/metrics': () => ({ status: 200, type: METRICS_TYPE, body: metricsOf(service.health()) }),
  }
  const server = createServer((request, response) => {
    const route = Object.hasOwn(routes, request.url ?? '') ? routes[request.url ?? ''] : undefined
    void Promise.resolve(route?.() ?? json(404, { error: 'not found' })).then(
      ({ status, body, type = 'application/json' }) => {
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
        response.end(body)
      },
    )
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

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
}

function json(status: number, body: unknown): Answer {
  return { status, body: JSON.stringify(body) }
}

async function readiness(
  service: Service,
  checks: Readonly<Record<string, ReadinessCheck>>,
  timeoutMs: number,
): Promise<Answer> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await passes(check, timeoutMs)]),
  )
  const states = service.health().secrets.map(({ name, state }) => [name, state] as const)
  const isServed = states.every(([, state]) => state !== 'expired')
  const ready = isServed && results.every(([, passed]) => passed === true)
  return json(ready ? 200 : 503, {
    ready,
    checks: Object.fromEntries(results) as unknown,
    secrets: Object.fromEntries(states.filter(([, state]) => state !== 'fresh')),
  })
}

function passes(check: ReadinessCheck, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(false)
    }, timeoutMs)
    check()
      .then(
        () => {
          resolve(true)
        },
        () => {
          resolve(false)
        },
      )
      .finally(() => {
        clearTimeout(timer)
      })
  })
}
