/**
 * A transparency log in PostgreSQL.
 *
 * @module
 */
export type { LogPlace, NewLogEntry } from './append-batch.ts'
export { auditLog, type LogAudit } from './audit-stored-log.ts'
export { logTablesSql } from './log-tables.ts'
export { openPostgresLog, type PostgresLog, type StoredEntry } from './postgres-log.ts'
