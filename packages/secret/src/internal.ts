/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export {
  type DocumentName,
  formatAfter,
  formatIn,
  formatOf,
  FORMATS,
  requireFormat,
  requireTableFormat,
} from './formats.ts'
export { askForNewest, isRejection, onChange, tryVersions } from './client-parts.ts'
export { DisposalError, type DisposalFailure, type DisposalStackOptions } from './disposal-stack.ts'
export type { ErrorDetails, SecretErrorCode } from './errors.ts'
export type { FollowedClient } from './followed-client.ts'
export type {
  HealthReport,
  LeakCount,
  NamedLeak,
  SecretCounts,
  SecretHealth,
  SecretState,
  VersionHealth,
  VersionRejection,
} from './health-report.ts'
export {
  describeMissingPackage,
  importPeer,
  installCommand,
  versionOfPackage,
} from './install-command.ts'
export { describeBrokenJson } from './json-in.ts'
export type { LimitedBody } from './limited-text.ts'
export {
  type AbsentSecret,
  createLiveSecret,
  type LiveSecretOptions,
  type RejectionCause,
  type SettableSecret,
} from './live-secret.ts'
export { canMask, isLowEntropy, isMaskable } from './low-entropy.ts'
export type { NoSecret } from './no-secret.ts'
export { printableText, shellWord } from './printable.ts'
export {
  checkReportKey,
  REPORT_KEY,
  REPORT_MAC_HEADER,
  type ReportRequest,
  signReportRequest,
  verifyReportRequest,
} from './report-channel.ts'
export {
  type AwaitedState,
  formatReportQuestion,
  hasReached,
  MAX_REPORT_WAIT_MS,
  parseReportQuestion,
  REPORT_QUESTION_HEADER,
  type ReportQuestion,
  type VersionState,
} from './report-question.ts'
export type { BirthListener, BornSecret } from './secret-births.ts'
export type {
  ParsedSecret,
  ProbeContext,
  SecretAccess,
  SecretNeed,
  SecretPolicy,
  SpecValue,
} from './secret-spec.ts'
export {
  type DataLeft,
  newConsumer,
  SecretUsage,
  type SourceUse,
  type UsageReport,
  type VersionCounter,
  type VersionUse,
} from './secret-usage.ts'
export {
  type FileOrigin,
  liveVersions,
  type SecretOrigin,
  type Stage,
  STAGES,
} from './secret-version.ts'
export type { SecretOptions } from './secret.ts'
export { isServiceName, SECRET_NAME, SECRET_NAME_RULE, SERVICE_NAME_RULE } from './store-name.ts'
export { type Backoff, jitteredMs, type Random } from './time/backoff.ts'
export {
  type Deadline,
  type PendingWait,
  pendingWaits,
  type RunningDeadline,
  startDeadline,
} from './time/deadline.ts'
export type { FakeClock } from './time/fake-clock.ts'
export { Moment } from './time/moment.ts'
export { singleFlight } from './time/single-flight.ts'
export type { RestartedWorkload, StoreDefinition, StoreUse } from './store-definition.ts'
export type { RefusalPlace } from './trust/certificate-refusal.ts'
