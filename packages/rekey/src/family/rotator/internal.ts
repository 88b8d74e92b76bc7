/**
 * What the other packages of Rekey need of this one. It changes without notice.
 *
 * @module
 */
export {
  type AuditDeployment,
  openAuditDatabase,
  openAuditPlace,
  type OpenedAuditPlace,
} from './open-audit-place.ts'
export { openPlace, type Variables } from './open-place.ts'
export type { Rotator, RotatorOptions } from './open-rotator.ts'
