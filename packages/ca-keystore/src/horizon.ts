import { type Clock, systemClock } from '@rekey/secret'
import type { CaKeystore } from './ca-keystore.ts'
import { DAY_MS } from './validity.ts'

/** How long a CA issues certificates of their full validity. */
export interface CaHorizon {
  /** `late`: the next CA is due. `ended`: an order for the longest validity is refused with the reason `horizon`. */
  readonly state: 'fresh' | 'late' | 'ended'
  /** The last moment at which a certificate of the longest validity still ends with its CA. */
  readonly lastIssue: Date
}

/** Options of {@link horizonOf}. */
interface HorizonOptions {
  /** The longest validity that is ordered, in milliseconds. */
  readonly validityMs: number
  /** Time to bring in the next CA, in milliseconds. Default 30 days. */
  readonly leadMs?: number
  readonly clock?: Clock
}

const LEAD_MS = 30 * DAY_MS

/**
 * Computes when a CA stops issuing: no certificate outlives its CA, so it can issue none of a full validity long before its own end. Alert
 * on `late`: the bundle of the next CA must reach every verifier before.
 *
 * @example
 * ```ts
 * const { state, lastIssue } = horizonOf(keystore, { validityMs: 90 * 86_400_000 })
 * ```
 */
export function horizonOf(
  { notAfter }: Pick<CaKeystore, 'notAfter'>,
  { validityMs, leadMs = LEAD_MS, clock = systemClock }: HorizonOptions,
): CaHorizon {
  const lastIssueMs = notAfter.getTime() - validityMs
  const leftMs = lastIssueMs - clock.now()
  const state = leftMs < 0 ? 'ended' : leftMs < leadMs ? 'late' : 'fresh'
  return { state, lastIssue: new Date(lastIssueMs) }
}
