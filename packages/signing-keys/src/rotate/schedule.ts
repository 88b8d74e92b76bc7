const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** When the secrets of this package are due where a family declares nothing else. */
export const SCHEDULE = {
  rotateAfterMs: 90 * DAY_MS,
  maxAgeMs: 180 * DAY_MS,
  staggerMs: 15 * MINUTE_MS,
}
