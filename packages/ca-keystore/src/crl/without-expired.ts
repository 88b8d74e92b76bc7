import type { Crl } from './parse-crl.ts'
import type { RegisteredRevocation } from './revocation-register.ts'

/** Leaves out what was on a list after its end (RFC 5280 §3.3). */
export function withoutExpired(
  wanted: ReadonlyMap<string, RegisteredRevocation>,
  published: Crl | undefined,
  nowMs: number,
): RegisteredRevocation[] {
  const all = [...wanted.values()]
  if (published === undefined) return all
  // A list of a clock that was ahead ends no certificate.
  const endMs = Math.min(published.thisUpdate.getTime(), nowMs)
  if (!all.some(({ notAfter }) => notAfter.getTime() < endMs)) return all
  const listed = new Set(published.revoked.map(({ serial }) => serial))
  return all.filter(({ serial, notAfter }) => notAfter.getTime() >= endMs || !listed.has(serial))
}

/** Revocations by the serials of their certificates. */
export function bySerial(
  revoked: readonly RegisteredRevocation[],
): Map<string, RegisteredRevocation> {
  return new Map(revoked.map((entry) => [entry.serial, entry]))
}
