/**
 * Runs a service as a process: loads it, opens its listeners, answers health, and stops it without losing a request.
 *
 * @module
 */
export { LISTENER_LIMITS } from '../limited-server.ts'
export { type AdoptOptions, adoptProcess } from './adopt-process.ts'
export { closeListener, type HostOptions, hostService } from './host-service.ts'
export { runService } from './run-service.ts'
