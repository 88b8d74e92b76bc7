/**
 * Reads, without starting a service, where each of its secrets comes from, how old it is and whether it is accepted:
 * `rekey doctor`.
 *
 * @module
 */
export type { LocatedWarning, SecretInspection, ServiceInspection } from './inspect-secret.ts'
export { type InspectOptions, inspectService } from './inspect-service.ts'
