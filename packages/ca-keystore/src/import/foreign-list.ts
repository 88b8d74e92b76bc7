import { verify } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import type { CaCertificate } from '../ca-certificate.ts'
import { DerCursor } from '../crl/crl-der.ts'
import { NUMBER_CEILING } from '../crl/parse-crl.ts'
import {
  isSerial,
  MAX_REVOKED,
  reasonOf,
  type RevokedCertificate,
} from '../crl/revoked-certificate.ts'
import { TAG } from '../der.ts'
import { readDer } from '../der-reader.ts'
import { EXTENSIONS, type ReadExtension, readExtensions } from '../extensions.ts'
import { schemeFor } from '../parse-signing-request.ts'
import { parseOnePem } from '../pem.ts'

/** The last revocation list of other software. */
export interface ForeignList {
  /** 0 for a list without one. */
  readonly number: bigint
  readonly revoked: readonly RevokedCertificate[]
}

const WHAT = 'the revocation list to import'
const MAX_CHARS = 16 * 1024 * 1024
const RULE = { what: WHAT, labels: ['X509 CRL'], maxChars: MAX_CHARS }

/** RFC 5280 §5.2.4 to §5.2.6, §5.3.1 to §5.3.3. */
const [DELTA, DISTRIBUTION, FRESHEST] = ['2.5.29.27', '2.5.29.28', '2.5.29.46']
const [REASON, CERTIFICATE_ISSUER] = ['2.5.29.21', '2.5.29.29']
/** `removeFromCRL`. */
const REMOVED = 8
/** `[0]` the place of the list, `[1]` that it has end entities alone: this CA issues no others. */
const HARMLESS_SCOPES: readonly number[] = [0xa0, 0x81]

/**
 * Reads the revocation list of other software (RFC 5280 §5), which may have extensions that no list of a keystore has, and verifies it by the key of the
 * CA. It must be the complete and current one, because a revocation that is not on it would be lost.
 *
 * @param bytes DER, or PEM of one list
 * @throws {SecretError} `malformed`; `rejected` for the signature; `refused` with the reason `other-ca`, `stale`, `delta`, `partial`, `crl-extension`,
 *   `serial`, `too-many` or `signature-algorithm`
 */
export function readForeignList(bytes: Buffer, ca: CaCertificate, nowMs: number): ForeignList {
  try {
    return readList(
      bytes[0] === TAG.sequence ? bytes : parseOnePem(bytes.toString(), RULE),
      ca,
      nowMs,
    )
  } catch (error) {
    if (!(error instanceof SecretError) || error.code !== 'malformed') throw error
    const message = `${WHAT} is no revocation list in DER or PEM, or is damaged; export it again`
    throw new SecretError('malformed', message, { reason: 'crl' })
  }
}

function readList(der: Buffer, ca: CaCertificate, nowMs: number): ForeignList {
  const top = new DerCursor(der)
  const list = top.enter(TAG.sequence)
  top.end()
  const signed = list.takeWhole(TAG.sequence)
  const identifier = readDer(list.takeWhole(TAG.sequence), WHAT)
  const signature = list.take(TAG.bits)
  list.end()
  // The first byte counts the bits that do not count.
  if (signature[0] !== 0) return identifier.malformed()
  const fields = new DerCursor(signed).enter(TAG.sequence)
  if (fields.isNext(TAG.integer)) fields.take(TAG.integer)
  if (!fields.takeWhole(TAG.sequence).equals(identifier.der())) return identifier.malformed()
  if (!fields.takeWhole(TAG.sequence).equals(ca.subject)) throw refused(OTHER_CA, 'other-ca')
  const keyType = ca.publicKey.asymmetricKeyType as 'ec' | 'rsa' | 'ed25519'
  const { digest } = schemeFor(identifier, keyType, WHAT)
  if (!verify(digest, signed, ca.publicKey, signature.subarray(1))) throw notSigned()
  checkCurrent(fields, nowMs)
  const revoked = fields.isNext(TAG.sequence) ? readEntries(fields.enter(TAG.sequence)) : []
  const extensions = fields.isDone ? [] : readExtensions(readDer(fields.take(TAG.extensions), WHAT))
  fields.end()
  return { number: readNumber(extensions, ca), revoked }
}

/** A list that has ended may have a successor with more revocations, as has one without an end. */
function checkCurrent(fields: DerCursor, nowMs: number): void {
  const thisUpdate = fields.takeTime()
  const hasEnd = fields.isNext(TAG.utcTime) || fields.isNext(TAG.generalizedTime)
  const isCurrent = hasEnd && fields.takeTime().getTime() >= nowMs
  if (!isCurrent || thisUpdate.getTime() > nowMs) {
    throw refused('has ended, or has not begun; have the old software issue a new one', 'stale')
  }
}

function readEntries(entries: DerCursor): RevokedCertificate[] {
  const revoked = new Map<string, RevokedCertificate>()
  while (!entries.isDone) {
    const entry = readEntry(entries.enter(TAG.sequence))
    if (!revoked.has(entry.serial)) revoked.set(entry.serial, entry)
    if (revoked.size > MAX_REVOKED) throw refused(TOO_MANY, 'too-many')
  }
  return [...revoked.values()]
}

function readEntry(fields: DerCursor): RevokedCertificate {
  const serial = fields.take(TAG.integer).toString('hex')
  if (!isSerial(serial)) throw refused('has a serial that is not positive and short', 'serial')
  const revokedAt = fields.takeTime()
  const extensions = fields.isDone
    ? []
    : readExtensions(readDer(fields.takeWhole(TAG.sequence), WHAT))
  fields.end()
  let code = 0
  for (const { type, critical, value } of extensions) {
    if (type === CERTIFICATE_ISSUER) throw refused(PARTIAL, 'partial')
    if (type === REASON) code = value[2] ?? 0
    else if (critical) throw refused(UNKNOWN, 'crl-extension')
  }
  if (code === REMOVED) throw refused(IS_DELTA, 'delta')
  const reason = reasonOf(code)
  return { serial, revokedAt, ...(reason !== undefined && { reason }) }
}

function readNumber(extensions: readonly ReadExtension[], { keyId }: CaCertificate): bigint {
  let number = 0n
  for (const { type, critical, value } of extensions) {
    if (type === DELTA || type === FRESHEST) throw refused(IS_DELTA, 'delta')
    if (type === EXTENSIONS.crlNumber) number = readDer(value, WHAT).integer()
    else if (type === EXTENSIONS.authorityKeyIdentifier) checkKey(value, keyId)
    else if (type === DISTRIBUTION) checkScope(value)
    else if (critical) throw refused(UNKNOWN, 'crl-extension')
  }
  if (number < 0n || number >= NUMBER_CEILING) throw refused('has no usable number', 'number')
  return number
}

/** A key identifier may be left out: the signature is by this key. */
function checkKey(value: Buffer, keyId: Buffer): void {
  const [first] = readDer(value, WHAT).sequence().items
  const stated = first?.der()
  if (stated?.[0] === 0x80 && !stated.subarray(2).equals(keyId)) throw refused(OTHER_CA, 'other-ca')
}

function checkScope(value: Buffer): void {
  const scopes = readDer(value, WHAT).sequence().items
  if (scopes.some((one) => !HARMLESS_SCOPES.includes(one.der()[0] ?? 0))) {
    throw refused(PARTIAL, 'partial')
  }
}

const OTHER_CA = 'is that of another CA; give the one of the CA to import'
const IS_DELTA =
  'is a delta, or has deltas beside it, so it does not have all revocations; have the old software issue a complete one'
const PARTIAL =
  'is for some certificates or reasons, or for several CAs; have the old software issue a complete one of this CA'
const UNKNOWN =
  'has a critical extension that is not known here; have the old software issue one without'
const TOO_MANY = `has more than ${MAX_REVOKED} certificates; rotate the CA instead`

function refused(problem: string, reason: string): SecretError {
  return new SecretError('refused', `${WHAT} ${problem}`, { reason })
}

function notSigned(): SecretError {
  const message = `the signature of ${WHAT} does not verify by the key of the CA; export it again, and find out who wrote this one`
  return new SecretError('rejected', message, { reason: 'crl-signature' })
}
