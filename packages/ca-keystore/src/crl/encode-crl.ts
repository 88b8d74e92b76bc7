import { context, integer, sequence, TAG, time, timeTag, timeText, unsigned } from '../der.ts'
import { authorityKeyIdentifier, extension } from '../extensions.ts'
import { REASON_CODES, type RevokedCertificate } from './revoked-certificate.ts'

/** The fields of `TBSCertList` (RFC 5280 §5.1.2). */
export interface CrlContent {
  /** `AlgorithmIdentifier` as DER. */
  readonly algorithm: Buffer
  /** `Name` as DER. */
  readonly issuer: Buffer
  readonly keyId: Buffer
  readonly number: bigint
  readonly thisUpdate: Date
  readonly nextUpdate: Date
  /** Sorted. */
  readonly revoked: readonly RevokedCertificate[]
}

const VERSION_2 = 1

/** `Extensions` of one `reasonCode`, but for its last byte, the code: not critical, `ENUMERATED` (RFC 5280 §5.3.1). */
export const REASON_PREFIX: Buffer = Buffer.from('300c300a0603551d1504030a01', 'hex')

/** A serial of 20 octets, a `GeneralizedTime` and a reason, with their tags and lengths. */
const MAX_ENTRY_BYTES = 2 + 22 + 17 + 14

/**
 * Writes a `TBSCertList` of version 2, without issuing distribution point, delta and critical extension: OpenVPN lets no client
 * connect with a list that has one.
 */
export function encodeTbsCertList(content: CrlContent): Buffer {
  const { algorithm, issuer, keyId, number, thisUpdate, nextUpdate, revoked } = content
  const entries = revoked.length === 0 ? [] : [sequence(encodeEntries(revoked))]
  const extensions = [
    authorityKeyIdentifier(keyId),
    extension('crlNumber', integer(bigBytes(number))),
  ]
  return sequence(
    integer(VERSION_2),
    algorithm,
    issuer,
    time(thisUpdate),
    time(nextUpdate),
    ...entries,
    context(0, sequence(...extensions)),
  )
}

/** Writes all entries into one buffer: a tree of 100,000 takes node-forge seconds. */
function encodeEntries(revoked: readonly RevokedCertificate[]): Buffer {
  const out = Buffer.allocUnsafe(revoked.length * MAX_ENTRY_BYTES)
  let at = 0
  for (const entry of revoked) at = writeEntry(out, at, entry)
  return out.subarray(0, at)
}

/** @returns where the next entry begins */
function writeEntry(out: Buffer, start: number, entry: RevokedCertificate): number {
  const { serial, revokedAt, reason } = entry
  const time = timeText(revokedAt)
  let at = start + 2
  out[at] = TAG.integer
  out[at + 1] = serial.length / 2
  at += 2 + out.write(serial, at + 2, 'hex')
  out[at] = timeTag(time)
  out[at + 1] = time.length
  at += 2 + out.write(time, at + 2, 'latin1')
  if (reason !== undefined) {
    at += REASON_PREFIX.copy(out, at)
    out[at] = REASON_CODES[reason]
    at += 1
  }
  // All of it is shorter than 128 bytes, so one byte of length does.
  out[start] = TAG.sequence
  out[start + 1] = at - start - 2
  return at
}

function bigBytes(value: bigint): Buffer {
  const hex = value.toString(16)
  return unsigned(Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex'))
}
