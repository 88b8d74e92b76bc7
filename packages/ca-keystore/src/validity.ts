import { SecretError } from '@rekey/secret'

/** When a certificate is valid; whole seconds. */
export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

/** One day in milliseconds. */
export const DAY_MS = 24 * 60 * 60 * 1000

/** A certificate begins this long before it was made, for the clocks of those who check it. */
const BACKDATE_MS = 5 * 60 * 1000

/**
 * A validity from five minutes before `nowMs` to `validityMs` after it.
 *
 * @param maxMs the longest `validityMs`
 * @param issuer must be valid now, and not end before: a shorter certificate than asked for would surprise later
 * @throws {SecretError} `refused` with the reason `validity`, or `horizon` if the certificate would end after its issuer
 */
export function validityFrom(
  nowMs: number,
  validityMs: number,
  maxMs: number,
  issuer?: Validity,
): Validity {
  if (!Number.isInteger(validityMs) || validityMs < 1000 || validityMs > maxMs) {
    throw refused(`a validity of 1 second to ${Math.floor(maxMs / DAY_MS)} days is allowed`)
  }
  const notBefore = wholeSeconds(nowMs - BACKDATE_MS)
  const notAfter = wholeSeconds(nowMs + validityMs)
  if (issuer !== undefined) {
    checkValidAt(issuer, nowMs)
    if (notAfter > issuer.notAfter) {
      throw refused(
        'the certificate would outlive its CA; ask for less, or rotate the CA',
        'horizon',
      )
    }
  }
  return { notBefore, notAfter }
}

/** Checks that a CA certificate is valid at `nowMs`. @throws {SecretError} `refused` with the reason `validity` */
export function checkValidAt({ notBefore, notAfter }: Validity, nowMs: number): void {
  if (nowMs < notBefore.getTime()) {
    throw refused('the CA certificate is not valid yet; check the clock of this machine')
  }
  if (nowMs > notAfter.getTime()) {
    throw refused('the CA certificate has expired; make the next generation of the CA')
  }
}

function wholeSeconds(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000)
}

function refused(message: string, reason = 'validity'): SecretError {
  return new SecretError('refused', message, { reason })
}
