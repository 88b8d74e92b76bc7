export type { AuditEntry, AuditEvent, AuditHead, AuditOutcome, AuditSink } from './audit-entry.ts'
export { type AuditLog, type AuditLogOptions, openAuditLog } from './audit-log.ts'
export { type AuditDamage, type AuditVerdict, verifyAuditLog } from './verify-audit-log.ts'
export {
  type Checkpoint,
  type CheckpointMark,
  formatCheckpoint,
  parseCheckpoint,
} from './signed/checkpoint.ts'
export type { SignedLog, WriterOptions } from './signed/log-writer.ts'
export { createSignedLog, type SignedLogOptions } from './signed/signed-log.ts'
export {
  auditTablesSql,
  createPostgresAuditLog,
  type PostgresAuditLogOptions,
  type PostgresLogClaim,
  verifyPostgresAuditLog,
} from './postgres/postgres-audit-log.ts'
export {
  type LogClaim,
  type SignedLogClaim,
  type SignedLogDamage,
  type SignedLogVerdict,
  verifySignedLog,
} from './signed/verify-signed-log.ts'
