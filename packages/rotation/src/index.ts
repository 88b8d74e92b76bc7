export { createFleet, type FleetOptions } from './fleet.ts'
export type {
  Claim,
  RotationIntent,
  JournalEntry,
  Rotated,
  RotationJournal,
  RevocationReceipt,
} from './journal.ts'
export { createMemoryJournal } from './memory-journal.ts'
export {
  type PlannedStep,
  planRotation,
  type PlanOptions,
  type RotationPlan,
} from './plan-rotation.ts'
export { openPostgresJournal } from './postgres-journal.ts'
export { rollBack, type RolledBack } from './roll-back.ts'
export { rotate, type RotateOptions } from './rotate.ts'
export { RotationError, type RotationErrorCode } from './rotation-error.ts'
export type { RotationOptions } from './rotation-run.ts'
export { signedReports } from './signed-reports.ts'
export type { AnyStep, RotationEvent } from './steps.ts'
export { openStoreJournal, type StoreJournalOptions } from './store-journal.ts'
export { sweepOrphans } from './sweep-orphans.ts'
