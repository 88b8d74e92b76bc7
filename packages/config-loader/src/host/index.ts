export { type ClosableServer, closeListener, type CloseListenerOptions } from './close-listener.ts'
export { writeEvents } from './event-lines.ts'
export {
  type Hosted,
  type HostedListener,
  type HostedService,
  type HostOptions,
  hostService,
  type Started,
} from './host-service.ts'
export { LISTENER_LIMITS } from '../listener.ts'
export { type RunningService, runService, type ServiceProcess } from './run-service.ts'
