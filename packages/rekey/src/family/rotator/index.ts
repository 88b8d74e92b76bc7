/**
 * Opens the rotator of a family: its store, journal and fleet, as the command line and the controller do.
 *
 * @module
 */
export {
  type AuditDeployment,
  openAuditDatabase,
  type OpenedAuditPlace,
  openAuditPlace,
} from './open-audit-place.ts'
export { openPlace, type Variables } from './open-place.ts'
export { openRotator, type Rotator, type RotatorOptions } from './open-rotator.ts'
