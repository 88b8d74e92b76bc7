import type { HealthReport, NamedLeak } from '@rekey/secret/internal'
import {
  confidential,
  type HealthListener,
  type InternalListenerOptions,
  type InternalRoute,
  jsonAnswer,
  openInternalListener,
} from './internal-listener.ts'
import {
  createGauges,
  formatMetric,
  type Gauges,
  type MetricHead,
  METRICS_TYPE,
  metricsOf,
} from './metrics.ts'
import { ReportQuestions } from './report-questions.ts'
import { createReadiness, type ReadinessCheck } from './readiness.ts'
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
  return openInternalListener(createRoutes(service, options), options)
}

const UNFOUND: MetricHead = {
  name: 'rekey_redactor_unfound_secrets',
  type: 'gauge',
  help: 'Secrets that are not masked though they were registered with the redactor.',
}

function createRoutes(
  service: Service,
  options: HealthListenerOptions,
): Map<string, InternalRoute> {
  const { leaks } = options
  const health = leaks ? () => withLeaks(service.health(), leaks()) : () => service.health()
  const warnings = leaks ? { ...options.warnings, leaks: noLiveLeak(health) } : options.warnings
  const readiness = createReadiness(service, { ...options, ...(warnings && { warnings }) })
  const lives = Object.values(service.secrets)
  const questions = new ReportQuestions(health, async (name) => {
    await lives.find((live) => live.name === name)?.rejected('awaited')
  })
  const gauges = createGauges(service.name, options.gauges ?? {}, options.checkTimeoutMs ?? 2_000)
  const { unfound } = options
  const metrics = async () => {
    const own = unfound
      ? [formatMetric(UNFOUND, [[{ service: service.name }, unfound().size]])]
      : []
    const body = [metricsOf(health()), ...own, ...(await gauges())].join('')
    return { status: 200, type: METRICS_TYPE, body }
  }
  return new Map<string, InternalRoute>([
    ['/health/live', () => jsonAnswer(200, { live: true })],
    [
      '/health/ready',
      async (trusted) => {
        const { ready, ...detail } = await readiness()
        return jsonAnswer(ready ? 200 : 503, { ready, ...(trusted && detail) })
      },
    ],
    [
      '/health/secrets',
      confidential(async (request) => jsonAnswer(200, await questions.answer(request))),
    ],
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
