/**
 * The engine of the seven steps, its journals and its fleet, for a program that rotates by itself.
 *
 * @module
 */
export { createFleet, type FleetOptions } from '../fleet/fleet.ts'
export { signedReports } from '../fleet/signed-reports.ts'
export type { RotationJournal } from '../journal/journal.ts'
export { createMemoryJournal } from '../journal/memory-journal.ts'
export { openPostgresJournal } from '../journal/postgres-journal.ts'
export { type AwsRotationOptions, createAwsRotationHandler } from './aws-lambda/rotation-handler.ts'
export { planRotation } from './plan-rotation.ts'
export { rollBack } from './roll-back.ts'
export { rotate, type RotateOptions } from './rotate.ts'
export { RotationError } from './rotation-error.ts'
export { sweepOrphans } from './sweep-orphans.ts'
export type { ReplicaSource } from '../fleet/discovery/replica-source.ts'
