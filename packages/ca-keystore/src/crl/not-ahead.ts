import type { RegisteredRevocation } from './revocation-register.ts'

/** Revocations of which those that are known have no date after now: one that a clock which was ahead has dated must not stop all later lists. */
export function notAhead(
  wanted: ReadonlyMap<string, RegisteredRevocation>,
  known: ReadonlyMap<string, RegisteredRevocation>,
  nowMs: number,
): ReadonlyMap<string, RegisteredRevocation> {
  const now = new Date(nowMs)
  const rows = [...wanted].map(([serial, one]): [string, RegisteredRevocation] => {
    const isAhead = known.has(serial) && one.revokedAt > now
    return [serial, isAhead ? { ...one, revokedAt: now } : one]
  })
  return new Map(rows)
}
