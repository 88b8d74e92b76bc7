/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export {
  createReportFetch,
  type FetchReport,
  type ReportAnswer,
  type ReportRequestInit,
} from '../fleet/report-fetch.ts'
export type { ReportTls } from '../fleet/report-tls.ts'
export { findAbsent, withoutAbsent } from '../fleet/without-absent.ts'
export { AuditSpool } from '../journal/audit-spool.ts'
export type { AnyStep, Claim, Rotated, RotationEvent, RotationIntent } from '../journal/journal.ts'
export { settleUnaudited } from '../journal/spooled-claim.ts'
export { openStoreJournal } from '../journal/store-journal.ts'
export type { AwsRotationEvent, LambdaContext } from './aws-lambda/rotation-event.ts'
export type { AwsRotationStore } from './aws-lambda/rotation-handler.ts'
export type { PlannedStep } from './plan-rotation.ts'
export type { RotationOptions } from './rotation-options.ts'
