export { type InspectOptions, inspectService } from './inspect-service.ts'
export type { LocatedWarning, SecretInspection, ServiceInspection } from './inspect-secret.ts'
