import { SecretError } from '@rekey/secret'
import { bits, sequence } from '../der.ts'
import { fromProvenTime } from '../clock-guard.ts'
import type { Issuer } from '../issuer.ts'
import { checkValidAt, DAY_MS, validityFrom } from '../validity.ts'
import { encodeTbsCertList } from './encode-crl.ts'
import { type Crl, encodeCrlPem, MAX_CRL_VALIDITY_MS, NUMBER_LIMIT, readCrl } from './parse-crl.ts'
import { type RevokedCertificate, sortedRevoked } from './revoked-certificate.ts'

/** A revocation list that is wanted. */
export interface CrlOrder {
  /** Greater than that of every list that the CA has issued; from 1 on. */
  readonly number: bigint
  /** All certificates of the CA that are revoked; at most 100,000. */
  readonly revoked: readonly RevokedCertificate[]
  /** From now on, in milliseconds; default 7 days, at most 366. */
  readonly validityMs?: number
}

/** A revocation list that was just issued. */
export interface IssuedCrl extends Crl {
  /** PEM. */
  readonly crl: string
}

/** Validity of a list by default: 7 days, renewed after a third of it. */
export const CRL_VALIDITY_MS: number = 7 * DAY_MS

/**
 * Issues a revocation list of version 2 (RFC 5280 §5), then reads it back and verifies it. It begins five minutes before now: OpenVPN
 * lets no client connect while a list is not valid yet, so a clock that is behind must not matter, nor one of this machine that is ahead. A revocation of these five minutes has the
 * date of its beginning.
 *
 * @throws {SecretError} `refused` for the number, the validity or a certificate, or if the CA has expired; `rejected` if the result
 *   does not verify
 */
export async function issueCrl(issuer: Issuer, order: CrlOrder): Promise<IssuedCrl> {
  const { ca, clock, signer } = issuer
  const { number, validityMs = CRL_VALIDITY_MS } = order
  const nowMs = clock.now()
  checkValidAt(ca, nowMs)
  if (number < 1n || number >= NUMBER_LIMIT) throw wrongNumber()
  const revoked = sortedRevoked(order.revoked, ca.notBefore.getTime(), nowMs)
  const wanted = validityFrom(nowMs, validityMs, MAX_CRL_VALIDITY_MS)
  const validity = await fromProvenTime(issuer, wanted)
  const algorithm = signer.identifier()
  const thisUpdate = validity.notBefore
  const content = {
    number,
    thisUpdate,
    nextUpdate: validity.notAfter,
    // A list with a revocation after its own beginning contradicts itself.
    revoked: revoked.map((entry) =>
      entry.revokedAt > thisUpdate ? { ...entry, revokedAt: thisUpdate } : entry,
    ),
  }
  const tbs = encodeTbsCertList({ ...content, algorithm, issuer: ca.subject, keyId: ca.keyId })
  const signature = await signer.sign(tbs)
  const der = sequence(tbs, algorithm, bits(signature))
  checkSame(readCrl(der, ca), content)
  return { ...content, crl: encodeCrlPem(der) }
}

/** Compares the list that was read back with what was to be written. */
function checkSame(read: Crl, wanted: Crl): void {
  const isSame =
    read.number === wanted.number &&
    read.thisUpdate.getTime() === wanted.thisUpdate.getTime() &&
    read.nextUpdate.getTime() === wanted.nextUpdate.getTime() &&
    read.revoked.length === wanted.revoked.length &&
    read.revoked.every((entry, i) => isSameEntry(entry, wanted.revoked[i]))
  if (isSame) return
  throw new SecretError(
    'rejected',
    'the revocation list just signed is not the one that was ordered, and was thrown away; check the hardware and restart',
    { reason: 'signing-fault' },
  )
}

function isSameEntry(read: RevokedCertificate, wanted: RevokedCertificate | undefined): boolean {
  return (
    wanted?.serial === read.serial &&
    wanted.reason === read.reason &&
    Math.floor(wanted.revokedAt.getTime() / 1000) === read.revokedAt.getTime() / 1000
  )
}

function wrongNumber(): SecretError {
  const message =
    'the number of a revocation list is a positive whole number of at most 20 octets; order the number after that of the last list'
  return new SecretError('refused', message, { reason: 'crl-number' })
}
