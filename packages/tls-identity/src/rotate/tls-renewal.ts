import { SecretError, type SecretVersion } from '@rekey/secret'
import type { Stage } from '@rekey/secret/internal'
import type { VersionLife } from '@rekey/secret/internal/kind'
import { parseCertificates } from '../spec/parse-certificates.ts'

/** From when to when a certificate is valid. */
interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

/** The share of its life after which a certificate is renewed; ACME clients and cert-manager renew by the same rule. */
const RENEWAL_SHARE = 2 / 3

/** The remaining validity that a certificate must have to be promoted or rolled back to, in milliseconds. */
const MIN_LEFT_MS = 10 * 60 * 1_000

/** Returns the life that the certificate of a version has. One that cannot be read has none that is known. */
export function lifeOfIdentity({ value }: SecretVersion): VersionLife {
  try {
    const [leaf] = parseCertificates(value.expose())
    if (leaf === undefined) return {}
    return { createdAt: new Date(leaf.validFrom), expiresAt: new Date(leaf.validTo) }
  } catch {
    // What is wrong with it is for the rotation to report.
    return {}
  }
}

/** Whether a certificate is to be renewed: two thirds of its life are over at `nowMs`. */
export function renewalDue(validity: Validity, nowMs: number): boolean {
  return nowMs >= renewalAt(validity)
}

/**
 * When a version of an identity is to be replaced, as it lies in the store. A rotation that is started then needs no other
 * rule than any rotation.
 *
 * @throws {SecretError} `malformed` if there is no certificate in it
 */
export function dueAt(version: SecretVersion): Date {
  const [leaf] = parseCertificates(version.value.expose())
  if (leaf === undefined) {
    const message = `${version.name} holds no certificate: rotate it, or store an identity`
    throw new SecretError('malformed', message)
  }
  const validity = { notBefore: new Date(leaf.validFrom), notAfter: new Date(leaf.validTo) }
  return new Date(renewalAt(validity))
}

/**
 * Checks that an identity is worth serving: a new one is not due for renewal already, and one that is rolled back to leaves
 * enough time to find out what was wrong.
 *
 * @throws {SecretError} `refused` with the reason `validity`
 */
export function checkTime(validity: Validity, stage: Stage, nowMs: number): void {
  const isShort = stage === 'pending' && renewalDue(validity, nowMs)
  const isEnding = validity.notAfter.getTime() - nowMs < MIN_LEFT_MS
  if (!isShort && !isEnding) return
  const message = 'its certificate ends too soon: issue one that lives longer'
  throw new SecretError('refused', message, { reason: 'validity' })
}

function renewalAt({ notBefore, notAfter }: Validity): number {
  const begin = notBefore.getTime()
  return begin + (notAfter.getTime() - begin) * RENEWAL_SHARE
}
