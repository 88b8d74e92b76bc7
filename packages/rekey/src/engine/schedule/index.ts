/**
 * Computes which rotations are due.
 *
 * @module
 */
export type {
  DueReason,
  LastRotation,
  RotationPolicy,
  ScheduleInput,
  SecretAge,
} from './due-times.ts'
export {
  dueRotations,
  isPutOff,
  type Outside,
  type PutOff,
  type ScheduledRotation,
  scheduleRotations,
} from './schedule-rotations.ts'
