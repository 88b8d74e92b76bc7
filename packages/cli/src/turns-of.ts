import {
  type RotationPolicy,
  type ScheduledRotation,
  scheduleRotations,
} from '@rekey/rotation/schedule'
import type { Family } from './family.ts'

/** When each secret's turn is, by its name in the store; nothing where its kind has no policy. */
export function turnsOf(
  { secrets, lastRotations }: Family,
  policies: readonly RotationPolicy[],
  now: Date,
): ReadonlyMap<string, ScheduledRotation> {
  const turns = scheduleRotations({ secrets, lastRotations, policies, now })
  return new Map(turns.map((turn) => [turn.secret, turn]))
}
