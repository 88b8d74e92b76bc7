import { SecretError } from '@rekey/secret'

/** A certificate that a revocation list names (RFC 5280 §5.1.2.6). */
export interface RevokedCertificate {
  /** Lower-case hexadecimal, as `issueCertificate` gives it: 1 to 20 octets, positive. */
  readonly serial: string
  /** Whole seconds count. */
  readonly revokedAt: Date
  /** Absent: unspecified. */
  readonly reason?: RevocationReason
}

/** Why a certificate was revoked, in the names of RFC 5280 §5.3.1. */
export type RevocationReason = keyof typeof REASON_CODES

/**
 * `CRLReason` (RFC 5280 §5.3.1). Missing on purpose: unspecified (0), which is left out; 7, which is unused; and removeFromCRL (8),
 * which belongs to delta lists.
 */
export const REASON_CODES = {
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const

/** Every reason. */
export const REASONS = Object.keys(REASON_CODES) as [RevocationReason, ...RevocationReason[]]

const REASONS_BY_CODE = new Map<number, RevocationReason>(
  REASONS.map((name) => [REASON_CODES[name], name]),
)

/** The most certificates on one list: OpenVPN reads the whole list again for its clients. */
export const MAX_REVOKED = 100_000

/** The reason with that code, if a list may have it. */
export function reasonOf(code: number): RevocationReason | undefined {
  return REASONS_BY_CODE.get(code)
}

/** Whether `serial` is the content of a positive `INTEGER` of at most 20 octets, in hexadecimal. */
export function isSerial(serial: string): boolean {
  if (!/^(?:[0-9a-f]{2}){1,20}$/.test(serial) || /^[89a-f]/.test(serial)) return false
  return !/^00(?:[0-7]|$)/.test(serial)
}

/** Orders serials by their number. */
export function compareSerials(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : Number(a > b)
}

/**
 * Checks and sorts the certificates for a list.
 *
 * @param sinceMs no revocation is older: the CA did not exist
 * @param nowMs no revocation is newer
 * @throws {SecretError} `refused` with the reason `too-many`, `serial`, `duplicate`, `revocation-date` or `revocation-reason`
 */
export function sortedRevoked(
  revoked: readonly RevokedCertificate[],
  sinceMs: number,
  nowMs: number,
): RevokedCertificate[] {
  if (revoked.length > MAX_REVOKED) {
    throw refused(`more than ${MAX_REVOKED} certificates; rotate the CA`, 'too-many')
  }
  for (const { serial, revokedAt, reason } of revoked) {
    if (!isSerial(serial)) throw refused('a serial that no certificate can have', 'serial')
    const atMs = revokedAt.getTime()
    if (!(atMs >= sinceMs && atMs <= nowMs)) {
      throw refused('a revocation before the CA existed, or in the future', 'revocation-date')
    }
    if (reason !== undefined && !Object.hasOwn(REASON_CODES, reason)) {
      throw refused('a reason that it cannot have; leave out the unspecified', 'revocation-reason')
    }
  }
  const sorted = revoked.toSorted((a, b) => compareSerials(a.serial, b.serial))
  if (sorted.some(({ serial }, i) => serial === sorted[i + 1]?.serial)) {
    throw refused('one serial twice', 'duplicate')
  }
  return sorted
}

function refused(what: string, reason: string): SecretError {
  const message = `the revocation list would have ${what}; correct the order. The list published last stays in place`
  return new SecretError('refused', message, { reason })
}
