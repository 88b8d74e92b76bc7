import type { RotationPolicy } from './rotation-policy.ts'
import type { LastRotation, SecretAge } from './schedule-input.ts'
import { shareOfTime } from './spread.ts'

/** The reason why a secret is due: by now, or later. `never`: its policy names no age, or it has none. */
export type DueReason = 'open' | 'age' | 'expiry' | 'age unknown' | 'never'

/** When a secret is due and when it is overdue, in ms since the epoch. `Infinity` is never. */
export interface DueTimes {
  readonly dueAt: number
  readonly overdueAt: number
  readonly reason: DueReason
}

/** A version with an end is due when a third of its life is left (Let's Encrypt, integration guide, "when to renew"). */
const RENEW_AT = 2 / 3
/** Half of the time for renewing it is used up. */
const LATE_AT = 5 / 6

/** Looks at one secret by the policy of its kind; `last` is how its own last rotation ended. */
export function dueTimes(
  secret: SecretAge,
  policy: RotationPolicy | undefined,
  { last, now }: { last: LastRotation | undefined; now: number },
): DueTimes {
  if (policy === undefined) return { dueAt: Infinity, overdueAt: Infinity, reason: 'never' }
  const end = secret.expiresAt?.getTime() ?? Infinity
  const born = secret.createdAt ?? (last?.finished ? last.at : undefined)
  if (born === undefined) {
    const isExpired = end <= now
    const dueAt = isExpired || policy.dueIfAgeUnknown ? Math.min(now, end) : Infinity
    return { dueAt, overdueAt: end, reason: isExpired ? 'expiry' : 'age unknown' }
  }
  const at = born.getTime()
  const life = end - at
  const share = shareOfTime(secret.name)
  const byAge = at + share * (policy.rotateAfterMs ?? Infinity)
  const byExpiry = at + share * RENEW_AT * life
  const dueAt = Math.min(byAge, byExpiry)
  const overdueAt = Math.min(at + (policy.maxAgeMs ?? Infinity), at + LATE_AT * life)
  if (Math.min(dueAt, overdueAt) === Infinity) return { dueAt, overdueAt, reason: 'never' }
  return { dueAt, overdueAt, reason: byExpiry < byAge ? 'expiry' : 'age' }
}
