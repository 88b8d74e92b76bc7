export {
  defineService,
  type LiveSecrets,
  type SecretSpecs,
  type ServiceDefinition,
} from './define-service.ts'
export type { Environment, EnvironmentVariables } from './environment.ts'
export type { LoaderEvent } from './follow/loader-event.ts'
export { type HealthListenerOptions, openHealthListener } from './health-listener.ts'
export type { HealthListener, InternalListenerOptions, InternalTls } from './internal-listener.ts'
export type { HoldSecret, SecretHolder } from './held-secret.ts'
export type { LastGoodOptions } from './last-good/last-good.ts'
export { listenerSettings, type ListenerSettings } from './listener.ts'
export type { LoadOptions } from './load-options.ts'
export { loadService } from './load-service.ts'
export type { Gauge, Gauges } from './metrics.ts'
export { type PostedReports, postReports, type PostReportsOptions } from './post-reports.ts'
export type { ReadinessCheck } from './readiness.ts'
export { readSecret } from './read-secret.ts'
export type { Service, Snapshot } from './service.ts'
export { type Problem, StartupError } from './startup-error.ts'
