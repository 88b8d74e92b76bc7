import type { VersionCalls } from '@rekey/secret/kind'

type Counts = Pick<VersionCalls, 'attempts' | 'failures'>

/** A rate that is always borne: 1 %. */
const BORNE_RATE = 0.01
const FEWEST_FAILURES = 5

/** The share of refused calls above which something is wrong: twice what it was with the old key, and at least 1 %. */
export function borneRate(baseline: Counts): number {
  return Math.max(BORNE_RATE, 2 * rateOf(baseline))
}

/** Whether a larger share of calls fails with the new key than did with the old one. */
export function isWorse(calls: Counts, baseline: Counts): boolean {
  return rateOf(calls) > borneRate(baseline)
}

/** The same, and so many of them that it is no accident. */
export function isAlarming(calls: Counts, baseline: Counts): boolean {
  return calls.failures >= FEWEST_FAILURES && isWorse(calls, baseline)
}

function rateOf({ attempts, failures }: Counts): number {
  return attempts === 0 ? 0 : failures / attempts
}
