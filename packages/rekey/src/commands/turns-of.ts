import type { RotationPolicy } from '../engine/schedule/due-times.ts'
import { type ScheduledRotation, scheduleRotations } from '../engine/schedule/schedule-rotations.ts'
import type { Members } from './members.ts'

/** When each secret's turn is, by its name in the store; nothing where its kind has no policy. */
export function turnsOf(
  { secrets, lastRotations }: Members,
  policies: readonly RotationPolicy[],
  now: Date,
): ReadonlyMap<string, ScheduledRotation> {
  const turns = scheduleRotations({ secrets, lastRotations, policies, now })
  return new Map(turns.map((turn) => [turn.secret, turn]))
}
