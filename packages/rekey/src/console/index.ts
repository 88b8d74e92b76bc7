/**
 * A live page for operators of a family: each secret with its versions, who holds them, its rotation, and the command to run next.
 *
 * @module
 */
export type { BegunLogin, FinishedLogin, Operator, OperatorLogin, Role } from './door/operator.ts'
export type { RecordSignIn, SignIn } from './door/sign-in.ts'
export type {
  AuditReading,
  AuthorityReading,
  FamilyReading,
  KeystoreReading,
  SecretReading,
  ServiceAnswers,
  VerifiedAudit,
  VersionSessions,
} from './family-reading.ts'
export type {
  AuditDamageView,
  AuditEntryView,
  AuditView,
  AuthorityView,
  FamilyView,
  GenerationView,
  HoldersView,
  KeystoreView,
  LastUseView,
  LateReplica,
  LeakView,
  NextCommand,
  ProblemView,
  RefusedCaller,
  RevokePreview,
  RotationView,
  SecretView,
  SessionsView,
  TurnView,
  UseView,
  VerifiedAuditView,
  VersionView,
} from './family-view.ts'
export type { ConsoleTls } from './listen.ts'
export { type Console, type ConsoleOptions, openConsole } from './open-console.ts'
export type { OrderTaker, RotationOrder } from './order.ts'
export { previewRevoke } from './preview-revoke.ts'
export type { SilentReplica, VersionHolders } from './version-holders.ts'
