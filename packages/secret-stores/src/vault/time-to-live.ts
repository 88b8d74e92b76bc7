/** Longer terms are cut to this, so that no date that follows from one is invalid. */
const LONGEST_TTL_MS = 100 * 365 * 24 * 3_600_000

/**
 * A term of Vault in milliseconds. Vault counts seconds; servers and proxies have sent them as text, null or less than
 * nothing.
 *
 * @returns 0 for whatever is not a positive number, at most 100 years
 */
export function ttlFromSeconds(seconds: unknown): number {
  const value = typeof seconds === 'string' && seconds.trim() !== '' ? Number(seconds) : seconds
  if (typeof value !== 'number' || !(value > 0)) return 0
  return Math.min(value * 1_000, LONGEST_TTL_MS)
}
