import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
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
  readonly body: unknown
}

/**
 * Opens the internal listener: `/health/live` (the process runs), `/health/ready` (every check passes), `/health/secrets`
 * (names, key ids, versions, ages and uses; no values).
 */
export async function openHealthListener(
  service: Service,
  options: HealthListenerOptions,
): Promise<HealthListener> {
  const { port, host = '127.0.0.1', checks = {}, checkTimeoutMs = 2_000 } = options
  const routes: Record<string, () => Answer | Promise<Answer>> = {
    '/health/live': () => ({ status: 200, body: { live: true } }),
    '/health/ready': () => readiness(checks, checkTimeoutMs),
    '/health/secrets': () => ({ status: 200, body: service.health() }),
  }
  const server = createServer((request, response) => {
    const route = Object.hasOwn(routes, request.url ?? '') ? routes[request.url ?? ''] : undefined
    void Promise.resolve(route?.() ?? { status: 404, body: { error: 'not found' } }).then(
      ({ status, body }) => {
        response.writeHead(status, {
          'content-type': 'application/json',
          'cache-control': 'no-store',
        })
        response.end(JSON.stringify(body))
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

async function readiness(
  checks: Readonly<Record<string, ReadinessCheck>>,
  timeoutMs: number,
): Promise<Answer> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await passes(check, timeoutMs)]),
  )
  const ready = results.every(([, passed]) => passed === true)
  return {
    status: ready ? 200 : 503,
    body: { ready, checks: Object.fromEntries(results) as unknown },
  }
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
