import type { NamedLeak } from '@rekey/secret/internal'
import type { HealthListener, InternalListenerOptions } from './internal-listener.ts'
import type { Gauges } from './metrics.ts'
import type { ReadinessCheck } from './readiness.ts'
import type { Service } from './service.ts'

/** Options of {@link openHealthListener}. */
export interface HealthListenerOptions extends InternalListenerOptions {
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
  /** Secrets that the redactor does not find, by name: `redactor.watchUnfound`. `/metrics` has their number. Default: it has none. */
  readonly unfound?: () => ReadonlySet<string>
  /** How long a readiness check or a gauge may take. Default 2,000. */
  readonly checkTimeoutMs?: number
}

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
  // A program that serves no health loads no server.
  const { openInternalListener } = await import('./internal-listener.ts')
  const { createRoutes } = await import('./health-routes.ts')
  return openInternalListener(createRoutes(service, options), options)
}
