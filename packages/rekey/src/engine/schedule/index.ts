/**
 * Computes which rotations are due.
 *
 * @module
 */
export type { RotationPolicy, ScheduleInput, SecretAge } from './due-times.ts'
export { dueRotations, type Outside, type PutOff, scheduleRotations } from './schedule-rotations.ts'
