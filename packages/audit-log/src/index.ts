export type { AuditEntry, AuditEvent, AuditHead, AuditOutcome, AuditSink } from './audit-entry.ts'
export { type AuditLog, type AuditLogOptions, openAuditLog } from './audit-log.ts'
export { type AuditDamage, type AuditVerdict, verifyAuditLog } from './verify-audit-log.ts'
export {
  type Checkpoint,
  type CheckpointMark,
  formatCheckpoint,
  parseCheckpoint,
} from './signed/checkpoint.ts'
export { createSignedLog, type SignedLog, type SignedLogOptions } from './signed/signed-log.ts'
export {
  type SignedLogClaim,
  type SignedLogDamage,
  type SignedLogVerdict,
  verifySignedLog,
} from './signed/verify-signed-log.ts'
