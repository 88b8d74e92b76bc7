/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export {
  createReportFetch,
  type FetchReport,
  type ReportAnswer,
  type ReportFetch,
  type ReportFetchOptions,
  type ReportRequestInit,
} from '../fleet/report-fetch.ts'
export type { ReadReportTls, ReportIdentity, ReportTls } from '../fleet/report-tls.ts'
export { type AbsentQuestion, findAbsent, withoutAbsent } from '../fleet/without-absent.ts'
export { AuditSpool } from '../journal/audit-spool.ts'
export type { ClaimOptions, Displaced } from '../journal/emergency-claim.ts'
export type {
  AnyStep,
  Claim,
  JournalEntry,
  RevocationReceipt,
  Rotated,
  RotationEvent,
  RotationIntent,
} from '../journal/journal.ts'
export type { LeadOptions } from '../journal/lead.ts'
export { settleUnaudited } from '../journal/spooled-claim.ts'
export { openStoreJournal, type StoreJournalOptions } from '../journal/store-journal.ts'
export type { AwsRotationEvent, LambdaContext } from './aws-lambda/rotation-event.ts'
export type { AwsRotationStore } from './aws-lambda/rotation-handler.ts'
export type { PlannedStep, PlanOptions, RotationPlan } from './plan-rotation.ts'
export type { RolledBack } from './roll-back.ts'
export type { RotationErrorCode } from './rotation-error.ts'
export type { RotationOptions } from './rotation-options.ts'
