/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export {
  confidential,
  type InternalAnswer,
  type InternalRoute,
  jsonAnswer,
  openInternalListener,
} from '../internal-listener.ts'
export { createLimitedServer } from '../limited-server.ts'
export { formatMetric, type MetricHead, METRICS_TYPE, type Sample } from '../metrics.ts'
export type {
  ClosableServer,
  CloseListenerOptions,
  Hosted,
  HostedListener,
  HostedService,
  Started,
} from './host-service.ts'
export { type RunningService, type ServiceProcess, writeEvents } from './run-service.ts'
