import type { ScheduledRotation } from '@rekey/rotation/schedule'

/** When a secret's turn is, in words: `due (age)`, `due in 12 d (age)`. */
export function describeTurn(turn: ScheduledRotation, now: Date): string {
  const { reason, isDue, isOverdue, dueAt, putOff } = turn
  if (putOff !== undefined) {
    const late = isOverdue ? 'overdue' : 'due'
    return `${late} (${reason}), but not before ${putOff.until.toISOString()}: near ${putOff.after}`
  }
  if (isDue) return `${isOverdue ? 'overdue' : 'due'} (${reason})`
  if (dueAt === undefined) return `not due by itself (${reason})`
  return `due in ${describeDuration(dueAt.getTime() - now.getTime())} (${reason})`
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** A length of time in its greatest unit, rounded down: `12 d`, `3 h`, `0 s`. */
export function describeDuration(durationMs: number): string {
  const [unit, ms] = UNITS.find(([, unitMs]) => durationMs >= unitMs) ?? ['s', 1_000]
  return `${Math.max(0, Math.floor(durationMs / ms))} ${unit}`
}
