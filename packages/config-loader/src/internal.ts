/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { LoaderEvent } from './follow/loader-event.ts'
export type { SecretHolder } from './held-secret.ts'
export type { HealthListener, InternalListenerOptions, InternalTls } from './internal-listener.ts'
export type { Gauges } from './metrics.ts'
export type { PostedReports } from './post-reports.ts'
export type { ReadinessCheck } from './readiness.ts'
export type { Snapshot } from './service.ts'
