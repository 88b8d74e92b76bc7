/**
 * Runs a service as a process: loads it, opens its listeners, answers health, and stops it without losing a request.
 *
 * @module
 */
export {
  type ClosableServer,
  closeListener,
  type CloseListenerOptions,
  type Hosted,
  type HostedListener,
  type HostedService,
  type HostOptions,
  hostService,
  type Started,
} from './host-service.ts'
export { type RunningService, runService, type ServiceProcess, writeEvents } from './run-service.ts'
export { createLimitedServer, LISTENER_LIMITS } from '../listener.ts'
export {
  confidential,
  type InternalAnswer,
  type InternalRoute,
  jsonAnswer,
  openInternalListener,
} from '../internal-listener.ts'
export { formatMetric, type MetricHead, METRICS_TYPE, type Sample } from '../metrics.ts'
