/**
 * The contract of a kind of secret: its parties, its schedule, and its rotation in seven steps.
 *
 * @module
 */
export type { DeclaredSecret } from './declared-secret.ts'
export { defineKind, type SecretKind } from './define-kind.ts'
export { createFarSideRotation, type FarSideOptions } from './far-side.ts'
export type { FarSide, FarSidePlan } from './far-side-calls.ts'
export type { Plan, RotationKind, StepContext, WithPending, WithPrevious } from './rotation-kind.ts'
export type { KindRunbook } from './runbook.ts'
export type { SqlClient, SqlPool } from './sql-client.ts'
