/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { AuditDeployment, OpenedAuditPlace } from './open-audit-place.ts'
export { openStoreAt, type Variables } from './open-store-at.ts'
export type { Rotator } from './open-rotator.ts'
