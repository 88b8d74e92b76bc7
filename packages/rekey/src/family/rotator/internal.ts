/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { AuditDeployment, OpenedAuditPlace } from './open-audit-place.ts'
export { openStoreOf, type Variables } from './open-store-of.ts'
export type { Rotator } from './open-rotator.ts'
