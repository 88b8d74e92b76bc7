/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { AuditEntry, AuditEvent, AuditHead, AuditOutcome, AuditSink } from './audit-entry.ts'
export type { AuditLog } from './audit-log.ts'
export { type LoginPlace, openLoginPool } from './postgres/login-pool.ts'
export type { Checkpoint, CheckpointMark } from './signed/audit-checkpoint.ts'
export { checkAuditPlace } from './signed/check-place.ts'
export { stampOfLog } from './signed/log-stamp.ts'
export type { SignedLogDamage, SignedLogVerdict } from './signed/log-verdict.ts'
export type { SignedLog } from './signed/log-writer.ts'
export type { AuditDatabase, AuditDirectory, AuditPlace } from './signed/signed-log.ts'
export type { LogClaim } from './signed/verify-signed-log.ts'
export type { AuditDamage } from './verify-audit-log.ts'
export { auditTablesSql } from './postgres/audit-tables.ts'
