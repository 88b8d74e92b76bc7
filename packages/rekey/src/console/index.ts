/**
 * A live page for operators of a family: each secret with its versions, who holds them, its rotation, and the command to run next.
 *
 * @module
 */
export type { OperatorLogin } from './door/operator.ts'
export type { RecordSignIn, SignIn } from './door/sign-in.ts'
export type { FamilyReading, VersionSessions } from './family-reading.ts'
export type { FamilyView, TurnView } from './family-view.ts'
export { type ConsoleOptions, openConsole } from './open-console.ts'
export type { OrderTaker, RotationOrder } from './order.ts'
export { previewRevoke } from './preview-revoke.ts'
