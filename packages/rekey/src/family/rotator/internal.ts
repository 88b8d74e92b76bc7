/**
 * Parts that other packages of Rekey import. They change without notice.
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
export type { Rotator } from './open-rotator.ts'
