export type { AuditEntry, AuditEvent, AuditHead, AuditOutcome, AuditSink } from './audit-entry.ts'
export { type AuditLog, type AuditLogOptions, openAuditLog } from './audit-log.ts'
export { createOwnAuditLog, type OwnAuditLog, type OwnAuditLogOptions } from './own-audit-log.ts'
export { type AuditDamage, type AuditVerdict, verifyAuditLog } from './verify-audit-log.ts'
