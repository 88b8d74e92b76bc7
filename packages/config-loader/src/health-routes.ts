import type { HealthReport, NamedLeak } from '@rekey/secret/internal'
import type { HealthListenerOptions } from './health-listener.ts'
import { confidential, type InternalRoute, jsonAnswer } from './internal-listener.ts'
import { createGauges, formatMetric, type MetricHead, METRICS_TYPE, metricsOf } from './metrics.ts'
import { ReportQuestions } from './report-questions.ts'
import { createReadiness, type ReadinessCheck } from './readiness.ts'
import type { Service } from './service.ts'

const UNFOUND: MetricHead = {
  name: 'rekey_redactor_unfound_secrets',
  type: 'gauge',
  help: 'Secrets that are not masked though they were registered with the redactor.',
}

/** The answers of the internal listener, by path. */
export function createRoutes(
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
