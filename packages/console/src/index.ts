/**
 * A live page for operators of a family: each secret with its versions, who holds them, its rotation, and the command to run next.
 *
 * @module
 */
export { type Console, type ConsoleOptions, openConsole } from './open-console.ts'
export { previewRevoke } from './preview-revoke.ts'
export type {
  AuditReading,
  FamilyReading,
  SecretReading,
  ServiceAnswers,
  VerifiedAudit,
} from './family-reading.ts'
export type {
  AuditEntryView,
  AuditView,
  FamilyView,
  HoldersView,
  LastUseView,
  LateReplica,
  NextCommand,
  ProblemView,
  RefusedCaller,
  RevokePreview,
  RotationView,
  SecretView,
  TurnView,
  UseView,
  VerifiedAuditView,
  VersionView,
} from './family-view.ts'
