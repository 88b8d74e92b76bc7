export { AuditSpool } from './audit-spool.ts'
export type { ClaimOptions, Displaced } from './emergency-claim.ts'
export { createFleet, type FleetOptions } from './fleet.ts'
export { type AbsentQuestion, findAbsent, withoutAbsent } from './without-absent.ts'
export type {
  AnyStep,
  Claim,
  JournalEntry,
  RevocationReceipt,
  Rotated,
  RotationEvent,
  RotationIntent,
  RotationJournal,
} from './journal.ts'
export { journalName } from './journal-slot.ts'
export { lead, LEADERSHIP, type LeadOptions } from './lead.ts'
export { createMemoryJournal } from './memory-journal.ts'
export {
  type PlannedStep,
  planRotation,
  type PlanOptions,
  type RotationPlan,
} from './plan-rotation.ts'
export { openPostgresJournal } from './postgres-journal.ts'
export {
  createReportFetch,
  type FetchReport,
  type ReportAnswer,
  type ReportFetch,
  type ReportFetchOptions,
  type ReportRequestInit,
} from './report-fetch.ts'
export type { ReadReportTls, ReportIdentity, ReportTls } from './report-tls.ts'
export { rollBack, type RolledBack } from './roll-back.ts'
export { rotate, type RotateOptions } from './rotate.ts'
export { RotationError, type RotationErrorCode } from './rotation-error.ts'
export type { RotationOptions } from './rotation-options.ts'
export { signedReports } from './signed-reports.ts'
export { settleUnaudited } from './spooled-claim.ts'
export { openStoreJournal, type StoreJournalOptions } from './store-journal.ts'
export { sweepOrphans } from './sweep-orphans.ts'
