/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { LiveSecrets, SecretSpecs } from './define-service.ts'
export type { Environment, EnvironmentVariables } from './environment.ts'
export type { LoaderEvent } from './follow/loader-event.ts'
export type { HoldSecret, SecretHolder } from './held-secret.ts'
export type { HealthListener, InternalListenerOptions, InternalTls } from './internal-listener.ts'
export type { LastGoodOptions } from './last-good/last-good.ts'
export type { ListenerSettings } from './listener.ts'
export type { Gauge, Gauges } from './metrics.ts'
export type { PostedReports, PostReportsOptions } from './post-reports.ts'
export type { ReadinessCheck } from './readiness.ts'
export type { Snapshot } from './service.ts'
