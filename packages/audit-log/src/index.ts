export type { AuditEntry, AuditEvent, AuditHead, AuditOutcome, AuditSink } from './audit-entry.ts'
export { type AuditLog, type AuditLogOptions, openAuditLog } from './audit-log.ts'
export { type AuditDamage, type AuditVerdict, verifyAuditLog } from './verify-audit-log.ts'
export {
  type Checkpoint,
  type CheckpointMark,
  formatCheckpoint,
  parseCheckpoint,
} from './signed/audit-checkpoint.ts'
export type { SignedLog, WriterOptions } from './signed/log-writer.ts'
export {
  type AuditDatabase,
  type AuditDirectory,
  type AuditPlace,
  createSignedLog,
  type SignedLogOptions,
} from './signed/signed-log.ts'
export { auditTablesSql } from './postgres/audit-tables.ts'
export { type ClosablePool, type LoginPlace, openLoginPool } from './postgres/login-pool.ts'
export { stampOfLog } from './signed/log-stamp.ts'
export {
  type AuditSource,
  type LogClaim,
  type SignedLogClaim,
  verifySignedLog,
} from './signed/verify-signed-log.ts'
export type { SignedLogDamage, SignedLogVerdict, StreamDamage } from './signed/log-verdict.ts'
