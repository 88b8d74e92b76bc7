import { jitteredMs } from '@rekey/secret'

/** When a secret was looked at, and what is known of its next rotation. */
export interface LookPlan {
  /** For how long what was read is taken for the newest. */
  readonly ttlMs: number
  /** Milliseconds since the epoch, as the next. */
  readonly now: number
  readonly nextRotationAt: number | undefined
  /** From 0 to 1. */
  readonly random: number
}

/** A rotation that is due takes a while, and a label that was moved is not seen everywhere at once. */
const AFTER_ROTATION_MS = 5_000

/**
 * How long to wait until the next look: a random time between half of the TTL and all of it, so that a fleet that was started
 * together does not ask together (as AWS' own caching client for Python does), or shortly after the next planned rotation if
 * that comes first.
 */
export function nextLookMs({ ttlMs, now, nextRotationAt, random }: LookPlan): number {
  const waitMs = jitteredMs(ttlMs, 0.5, () => random)
  const untilRotationMs = (nextRotationAt ?? 0) - now
  const isAhead = untilRotationMs > 0
  return isAhead ? Math.min(waitMs, untilRotationMs + AFTER_ROTATION_MS * (1 + random)) : waitMs
}
