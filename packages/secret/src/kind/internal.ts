/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export { readAdministrator } from './administrator.ts'
export { acceptsSmtpLogin, type SmtpAsking } from './accepts-smtp-login.ts'
export {
  type AskOperator,
  callingOf,
  type EntrySchema,
  type KindParties,
  type NeededSecrets,
  refuseToAsk,
  type RotationParts,
} from './declared-secret.ts'
export { type KindSchedule, storedLife, type VersionLife } from './define-kind.ts'
export { randomValue } from './far-side.ts'
export {
  acknowledges,
  attestWithout,
  awaitBarrier,
  type BarrierCondition,
  EMERGENCY_DEADLINE_MS,
  isAbsent,
  isUnreachable,
  longestStep,
  lookUntil,
  nameOf,
  type Patience,
  patienceOf,
  reaches,
  requireNoRejection,
  rollCall,
  timedOut,
  versionIn,
  type WaitOptions,
} from './fleet.ts'
export type { Gap } from './gap.ts'
export type { Slots } from './far-side-calls.ts'
export { followLogin, type LoginPlace } from './follow-login.ts'
export { type OwnTable, type OwnTables, requireOwnTables } from './own-tables.ts'
export { createLoginSpec, createPasswordSpec } from './password-spec.ts'
export {
  type Acknowledgement,
  type Answer,
  type Fleet,
  type FleetQuestion,
  identityOf,
  type Replica,
} from './replicas.ts'
export {
  describeVersion,
  hasPending,
  hasPrevious,
  type LostVersion,
  type RevokedVersion,
  type SessionCount,
  type Shown,
  type StrangersToClose,
} from './rotation-kind.ts'
export {
  type Remedy,
  type RunbookPlace,
  type RunbookStep,
  type RunbookTimes,
  type Situation,
  SITUATIONS,
} from './runbook.ts'
export { type AdminSqlPool, type PooledSqlClient, withSqlClient } from './sql-client.ts'
export { forbiddenTo, unanswered } from './server-errors.ts'
export { createSqlStatements, type SqlAnswers, type SqlStatements } from './sql-statements.ts'
export { type LateUse, type Step, STEPS } from './steps.ts'
export {
  attemptsOf,
  callsSince,
  describeUser,
  type FleetLook,
  type SilenceOptions,
  type VersionCalls,
  VersionSilence,
  type VersionUser,
  waitForSilence,
} from './version-silence.ts'
