import type { KindSchedule } from '@rekey/secret/internal/kind'
import { createHash } from 'node:crypto'
import type { RotationWindow } from './rotation-window.ts'

/** When the secrets of one kind are rotated. */
export interface RotationPolicy extends KindSchedule {
  /** `api-key`, `database`, … */
  readonly kind: string
  /** When they may begin. Default: always. */
  readonly window?: RotationWindow
}

/** The schedule's view of one secret. */
export interface SecretAge {
  /** The secret's name in the store. */
  readonly name: string
  readonly kind: string
  /** Whom a rotation of it touches: both ends of an API key, the owner of a login. */
  readonly services: readonly string[]
  /** When the current version was made; absent where the store cannot know. */
  readonly createdAt?: Date
  readonly expiresAt?: Date
  /** Whether a rotation of it was begun and has not come to its end. */
  readonly open?: boolean
  /** Whether that rotation has made no version yet, so that its window still counts. */
  readonly isUnstaged?: boolean
  /** When an open rotation has something to do again. Absent: now. */
  readonly resumesAt?: Date
  /** Whether an open rotation is held until an operator lets it go on, or until `resumesAt`. */
  readonly isHeld?: boolean
}

/** How the last rotation of a secret ended. */
export interface LastRotation {
  /** The secret's name in the store. */
  readonly secret: string
  /** When it ended. */
  readonly at: Date
  /** Whether it made a new version; false if it was rolled back. */
  readonly finished: boolean
}

/** Inputs of a schedule. */
export interface ScheduleInput {
  readonly secrets: readonly SecretAge[]
  readonly policies: readonly RotationPolicy[]
  readonly lastRotations: readonly LastRotation[]
  readonly now: Date
}

/** The reason why a secret is due: by now, or later. `never`: its policy names no age, or it has none. */
export type DueReason = 'open' | 'held' | 'age' | 'expiry' | 'age unknown' | 'never'

/** When a secret is due and when it is overdue, in ms since the epoch. `Infinity` is never. */
export interface DueTimes {
  readonly dueAt: number
  readonly overdueAt: number
  readonly reason: DueReason
}

/** A version with an end is due when a third of its life is left (Let's Encrypt, integration guide, "when to renew"). */
export const RENEW_AT = 2 / 3
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

/** The greatest share of its time by which a secret is due earlier. */
const SPREAD = 0.1
const HASH_BYTES = 4

/**
 * How much of its time a secret may live: from 0.9 to 1, always the same for one name and evenly spread over names. So secrets
 * that were made together are not due together, and none lives longer than its policy allows.
 */
function shareOfTime(name: string): number {
  const hash = createHash('sha256').update(name).digest()
  return 1 - (SPREAD * hash.readUInt32BE()) / 2 ** (8 * HASH_BYTES)
}
