/** A number in [0, 1), such as `Math.random`. */
export type Random = () => number

/** Whatever a server says, nothing is asked for more than once a second. */
export const MIN_WAIT_MS = 1_000

/** A login is made, proved and handed to those who work with the old one; a busy machine takes a second for that. */
const MIN_GRACE_MS = 1_000
/** Of a longer part nothing would be left to renew. */
const MAX_GRACE_PART = 0.2

/**
 * The part of a term that is kept free for replacing what cannot be renewed: 10 to 20 % of it, drawn by lot, so that many
 * processes do not knock together. As in Vault's `LifetimeWatcher` (api/lifetime_watcher.go, `calculateGrace`), but at least a
 * second where a term is so long.
 */
export function drawGrace(ttlMs: number, random: Random): number {
  const drawnMs = ttlMs * (0.1 + 0.1 * random())
  return Math.min(Math.max(drawnMs, MIN_GRACE_MS), ttlMs * MAX_GRACE_PART)
}

/**
 * How long to wait before the next renewal, or undefined if it is time to replace instead. As in `LifetimeWatcher`
 * (`doRenewWithOptions`): two thirds of what remains plus a third of the grace, which is 0.70 to 0.733 of a full term; and
 * no more renewals once that would end inside the grace, which means 4 graces before the end.
 */
export function nextRenewal(remainingMs: number, graceMs: number): number | undefined {
  const waitMs = (remainingMs * 2 + graceMs) / 3
  if (remainingMs - waitMs <= graceMs) return undefined
  return Math.max(waitMs, MIN_WAIT_MS)
}

/** The first wait of `LifetimeWatcher` after a failed renewal, and the longest one (`backoff.ExponentialBackOff` in its code). */
const FIRST_GAP_MS = 10_000
const LONGEST_GAP_MS = 5 * 60_000

/** The first gap is at most this part of what remains, so that a short term leaves room for several tries. */
const FIRST_GAP_PART = 8

/**
 * The wait before a failed renewal is tried again: 10 s, doubled each time up to 5 min, times 0.5 to 1.5; less for short
 * terms, and half of what remains once the end is near. Infinity if nothing more fits in.
 *
 * @param attempt 0 after the first failure
 * @param firstRemainingMs what remained then
 */
export function retryGap(
  attempt: number,
  firstRemainingMs: number,
  remainingMs: number,
  random: Random,
): number {
  const firstMs = Math.min(
    Math.max(firstRemainingMs / FIRST_GAP_PART, 2 * MIN_WAIT_MS),
    FIRST_GAP_MS,
  )
  const grownMs = Math.min(firstMs * 2 ** attempt * (0.5 + random()), LONGEST_GAP_MS)
  const gapMs = Math.min(grownMs, Math.max(remainingMs / 2, firstMs / 2))
  return gapMs < remainingMs ? gapMs : Infinity
}
