/** When the secrets of one kind are rotated. */
export interface RotationPolicy {
  /** `api-key`, `database`, … */
  readonly kind: string
  /** A version is due at this age, or up to a tenth earlier. Absent: age makes nothing due. */
  readonly rotateAfterMs?: number
  /** A version is overdue at this age. Absent: age makes nothing overdue. */
  readonly maxAgeMs?: number
  /** How far the rotations of two secrets that touch one service are kept apart; of two kinds the longer time counts. */
  readonly staggerMs: number
  /** Whether a version is due at once if nobody knows its age. Default false. */
  readonly dueIfAgeUnknown?: boolean
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** What holds where nobody says otherwise. TLS certificates have no age of their own: they are due by their expiry. */
export const DEFAULT_POLICIES: readonly RotationPolicy[] = [
  {
    kind: 'api-key',
    rotateAfterMs: 30 * DAY_MS,
    maxAgeMs: 90 * DAY_MS,
    staggerMs: 15 * MINUTE_MS,
  },
  {
    kind: 'database',
    rotateAfterMs: 7 * DAY_MS,
    maxAgeMs: 30 * DAY_MS,
    staggerMs: 15 * MINUTE_MS,
  },
  {
    kind: 'oidc-client',
    rotateAfterMs: 90 * DAY_MS,
    maxAgeMs: 180 * DAY_MS,
    staggerMs: 15 * MINUTE_MS,
  },
  { kind: 'tls', staggerMs: 15 * MINUTE_MS },
]
