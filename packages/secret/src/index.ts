export {
  DisposalError,
  type DisposalFailure,
  DisposalStack,
  type DisposalStackOptions,
  openTogether,
} from './disposal-stack.ts'
export { type ErrorDetails, SecretError, type SecretErrorCode } from './errors.ts'
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
export { installCommand } from './install-command.ts'
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
export { type LimitedBody, limitedText } from './limited-text.ts'
export {
  type AbsentSecret,
  createLiveSecret,
  type LiveSecret,
  type LiveSecretOptions,
  type RejectionCause,
  type SettableSecret,
} from './live-secret.ts'
export type { NoSecret } from './no-secret.ts'
export { printableLine, printableText, shellWord } from './printable.ts'
export {
  checkReportKey,
  REPORT_KEY,
  REPORT_MAC_HEADER,
  type ReportRequest,
  signReportRequest,
  verifyReportRequest,
} from './report-channel.ts'
export { Secret, type SecretOptions } from './secret.ts'
export { type BirthListener, type BornSecret, onSecretBirth } from './secret-births.ts'
export {
  type FileOrigin,
  liveVersions,
  type SecretOrigin,
  type SecretVersion,
  type Stage,
  type StagedSecret,
  STAGES,
} from './secret-version.ts'
export {
  NON_PRODUCTION_PREFIX,
  type ParsedSecret,
  type ProbeContext,
  type SecretAccess,
  type SecretNeed,
  type SecretPolicy,
  type SecretSpec,
  type SpecValue,
} from './secret-spec.ts'
export {
  SecretUsage,
  type SourceUse,
  type UsageReport,
  type VersionCounter,
  type VersionUse,
} from './secret-usage.ts'
export { isLoopbackName, parseSecureUrl } from './secure-url.ts'
export type { SecretSource, SecretStore, VersionOrigin } from './source.ts'
export { canMask, isLowEntropy, isMaskable } from './low-entropy.ts'
export {
  isServiceName,
  SECRET_NAME,
  SECRET_NAME_RULE,
  SERVICE_NAME_RULE,
  storeName,
} from './store-name.ts'
export { type Backoff, backoffMs, jitteredMs, type Random } from './time/backoff.ts'
export { type Clock, systemClock } from './time/clock.ts'
export {
  type Deadline,
  pendingWaits,
  type PendingWait,
  type RunningDeadline,
  startDeadline,
  within,
} from './time/deadline.ts'
export { createFakeClock, type FakeClock } from './time/fake-clock.ts'
export { Moment } from './time/moment.ts'
export { singleFlight, SingleFlights } from './time/single-flight.ts'
