/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { AuditEntry, AuditEvent, AuditHead, AuditOutcome, AuditSink } from './audit-entry.ts'
export type { AuditLog } from './audit-log.ts'
export { type ClosablePool, type LoginPlace, openLoginPool } from './postgres/login-pool.ts'
export type { Checkpoint, CheckpointMark } from './signed/audit-checkpoint.ts'
export { checkAuditPlace } from './signed/check-place.ts'
export { stampOfLog } from './signed/log-stamp.ts'
export type { SignedLogDamage, SignedLogVerdict, StreamDamage } from './signed/log-verdict.ts'
export type { SignedLog, WriterOptions } from './signed/log-writer.ts'
export type { AuditDatabase, AuditDirectory, AuditPlace } from './signed/signed-log.ts'
export type { AuditSource, LogClaim, SignedLogClaim } from './signed/verify-signed-log.ts'
export type { AuditDamage, AuditVerdict } from './verify-audit-log.ts'
export { auditTablesSql } from './postgres/audit-tables.ts'
