import { once } from 'node:events'
import type { Server } from 'node:http'
import type { DisposalStack, LiveSecret } from '@rekey/secret'
import type { ServiceDefinition } from '../define-service.ts'
import type { InternalTls } from '../internal-listener.ts'
import type { ListenerSettings } from '../listener.ts'
import type { LoadOptions } from '../load-options.ts'
import type { Gauges } from '../metrics.ts'
import type { ReadinessCheck } from '../readiness.ts'
import type { Service } from '../service.ts'
import type { Redact } from './describe-failure.ts'
import type { OpenAuditDatabase } from './service-audit.ts'
import { runService, type ServiceProcess, writeEvents } from './run-service.ts'

/** A service with the settings of both listeners. */
export type HostedService<D extends ServiceDefinition> = Service<D> & {
  readonly settings: ListenerSettings
}

/** An application that answers requests and does not listen yet: an instance of Fastify, or an object of its shape. */
export interface HostedListener {
  readonly server: ClosableServer
  listen(address: { readonly port: number; readonly host: string }): PromiseLike<unknown>
  close(): PromiseLike<unknown>
}

/** The inputs of a service. */
export interface Hosted<D extends ServiceDefinition, Masks> {
  readonly service: HostedService<D>
  readonly settings: HostedService<D>['settings']
  readonly secrets: Service<D>['secrets']
  readonly redactor: Masks
  /** Takes what the service opens; disposed in the reverse order, after the listener. */
  readonly own: DisposalStack
}

/** The result of starting a service. */
export interface Started {
  /** An application, or a server of `node:http` or `node:https` that does not listen yet. */
  readonly listener: HostedListener | (Server & { readonly server?: undefined })
  /** Checks that must pass for the service to be ready. */
  readonly checks?: Readonly<Record<string, ReadinessCheck>>
  /** Checks that fail before something stops working: reported beside readiness, which they do not change. */
  readonly warnings?: Readonly<Record<string, ReadinessCheck>>
  /** Values that `/metrics` has beside those of the secrets. */
  readonly gauges?: Gauges
  /** Serves health over TLS, see `serveReports` of `@rekey/tls-identity`. Default: HTTP. */
  readonly healthTls?: InternalTls
  /**
   * Opens the database of the audit log, where `REKEY_AUDIT_DATABASE` names one: `createPool` of `@rekey/db-pool-rotator`. Absent: such a log is
   * refused.
   */
  readonly auditDatabase?: OpenAuditDatabase
}

/** A service, as {@link hostService} runs it. */
export interface HostOptions<
  D extends ServiceDefinition,
  Masks extends { readonly redact: Redact },
> {
  /** Loads the service with its own definition: `loadService`. */
  readonly load: (
    options: Required<Pick<LoadOptions, 'env' | 'onEvent'>>,
  ) => Promise<HostedService<D>>
  /** Creates what masks the secrets in the service's output: `createRedactor` of `@rekey/log-redactor`. */
  readonly redactor: (secrets: readonly LiveSecret<unknown>[]) => Masks
  /** Opens what the service needs. The listener that it gives is opened after it. */
  readonly start: (hosted: Hosted<D, Masks>) => Promise<Started>
}

/**
 * Runs a service process: loads it, starts it, opens its listener at `HOST` and `PORT` and that of
 * health at `HEALTH_HOST` and `HEALTH_PORT`. What happens to its secrets is a line of JSON each on standard error. Everything else
 * is as in {@link runService}.
 *
 * @example
 * ```ts
 * await hostService(process, {
 *   load: (options) => loadService(definition, options),
 *   redactor: (secrets) => createRedactor({ secrets }),
 *   async start({ secrets, own }) {
 *     const pool = own.use(await openRotatingPool({ credentials: secrets.database }), 'database')
 *     const listener = Fastify({ ...LISTENER_LIMITS, http: LISTENER_LIMITS })
 *     addRoutes(listener, pool)
 *     return { listener, checks: { database: () => pool.query('select 1') } }
 *   },
 * })
 * ```
 */
export function hostService<D extends ServiceDefinition, Masks extends { readonly redact: Redact }>(
  process: ServiceProcess,
  { load, redactor: createMasks, start }: HostOptions<D, Masks>,
): Promise<void> {
  return runService(process, async (own, redactWith) => {
    const loading = load({ env: process.env, onEvent: writeEvents(process.stderr) })
    const service = own.use(await loading, 'secrets')
    const { settings, secrets } = service
    const redactor = createMasks(Object.values<LiveSecret<unknown>>(secrets))
    redactWith(redactor)
    const started = await start({ service, settings, secrets, redactor, own })
    const { checks, warnings, gauges, healthTls, auditDatabase } = started
    const listener =
      started.listener.server === undefined ? hosted(started.listener) : started.listener
    own.defer(() => closeListener(listener.server, { close: () => listener.close() }), 'listener')
    await listener.listen({ port: settings.PORT, host: settings.HOST })
    return {
      service,
      healthPort: settings.HEALTH_PORT,
      healthHost: settings.HEALTH_HOST,
      healthHosts: settings.HEALTH_HOSTS,
      ...(checks && { checks }),
      ...(warnings && { warnings }),
      ...(gauges && { gauges }),
      ...(healthTls && { healthTls }),
      ...(auditDatabase && { auditDatabase }),
    }
  })
}

function hosted(server: Server): HostedListener {
  return {
    server,
    listen: ({ port, host }) => once(server.listen(port, host), 'listening'),
    close: () => once(server.close(), 'close'),
  }
}

/** The required part of a server: those of `node:http` and `node:https` have it. */
export type ClosableServer = Pick<Server, 'close' | 'closeIdleConnections' | 'closeAllConnections'>

/** The times of {@link closeListener}, in milliseconds. */
export interface CloseListenerOptions {
  /** Stops listening; default `server.close`. Of Fastify, `() => app.close()`. */
  readonly close?: () => PromiseLike<unknown>
  /** After this every connection is cut. Default 4,000. */
  readonly graceMs?: number
}

const IDLE_CHECK_MS = 100

/**
 * Stops listening and ends every connection: idle ones at once, others when they have been answered, and those that are not within
 * the grace, such as one that has sent half a request, by cutting them.
 *
 * @example
 * ```ts
 * own.defer(() => closeListener(app.server, { close: () => app.close() }), 'listener')
 * ```
 */
export async function closeListener(
  server: ClosableServer,
  { close, graceMs = 4_000 }: CloseListenerOptions = {},
): Promise<void> {
  const idle = setInterval(() => {
    server.closeIdleConnections()
  }, IDLE_CHECK_MS)
  const grace = setTimeout(() => {
    server.closeAllConnections()
  }, graceMs)
  try {
    await (close?.() ?? new Promise((resolve) => server.close(resolve)))
  } finally {
    clearInterval(idle)
    clearTimeout(grace)
  }
}
