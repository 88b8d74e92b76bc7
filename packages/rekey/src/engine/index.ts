export { AuditSpool } from '../journal/audit-spool.ts'
export type { ClaimOptions, Displaced } from '../journal/emergency-claim.ts'
export { createFleet, type FleetOptions } from '../fleet/fleet.ts'
export { type AbsentQuestion, findAbsent, withoutAbsent } from '../fleet/without-absent.ts'
export type {
  AnyStep,
  Claim,
  JournalEntry,
  RevocationReceipt,
  Rotated,
  RotationEvent,
  RotationIntent,
  RotationJournal,
} from '../journal/journal.ts'
export { journalName } from '../journal/journal-slot.ts'
export { lead, LEADERSHIP, type LeadOptions } from '../journal/lead.ts'
export { createMemoryJournal } from '../journal/memory-journal.ts'
export {
  type PlannedStep,
  planRotation,
  type PlanOptions,
  type RotationPlan,
} from './plan-rotation.ts'
export { openPostgresJournal } from '../journal/postgres-journal.ts'
export {
  createReportFetch,
  type FetchReport,
  type ReportAnswer,
  type ReportFetch,
  type ReportFetchOptions,
  type ReportRequestInit,
} from '../fleet/report-fetch.ts'
export type { ReadReportTls, ReportIdentity, ReportTls } from '../fleet/report-tls.ts'
export { rollBack, type RolledBack } from './roll-back.ts'
export { rotate, type RotateOptions } from './rotate.ts'
export { RotationError, type RotationErrorCode } from './rotation-error.ts'
export type { RotationOptions } from './rotation-options.ts'
export { signedReports } from '../fleet/signed-reports.ts'
export { settleUnaudited } from '../journal/spooled-claim.ts'
export { openStoreJournal, type StoreJournalOptions } from '../journal/store-journal.ts'
export { sweepOrphans } from './sweep-orphans.ts'
