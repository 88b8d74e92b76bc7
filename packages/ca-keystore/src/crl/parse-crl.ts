import type { KeyObject } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { algorithmOf } from '../algorithms.ts'
import { parseCaChain } from '../ca-certificate.ts'
import { TAG } from '../der.ts'
import { readDer } from '../der-reader.ts'
import { EXTENSIONS, readExtensions } from '../extensions.ts'
import { encodePem } from '../pem.ts'
import { isSignedBy } from '../signer.ts'
import { DAY_MS } from '../validity.ts'
import { DerCursor, malformedCrl } from './crl-der.ts'
import { REASON_PREFIX } from './encode-crl.ts'
import {
  compareSerials,
  isSerial,
  MAX_REVOKED,
  reasonOf,
  type RevokedCertificate,
} from './revoked-certificate.ts'

/** A certificate revocation list whose signature was verified. */
export interface Crl {
  /** `CRLNumber` (RFC 5280 §5.2.3): each list of a CA has a greater one than the list before. */
  readonly number: bigint
  readonly thisUpdate: Date
  /** Verifiers refuse every certificate of the CA after it. */
  readonly nextUpdate: Date
  /** Sorted by serial. */
  readonly revoked: readonly RevokedCertificate[]
}

/** The properties of a CA that its lists are checked against. */
export interface CrlAuthority {
  /** `Name` as DER. */
  readonly subject: Buffer
  readonly keyId: Buffer
  readonly publicKey: KeyObject
}

/** The longest that a list is valid, in milliseconds: a year, for a root that is kept offline. */
export const MAX_CRL_VALIDITY_MS = 366 * DAY_MS

/** `CRLNumber` has at most 20 octets, of which the first bit is the sign (RFC 5280 §5.2.3). */
export const NUMBER_LIMIT: bigint = 1n << 159n

/** Lists of a publisher stay below: each number is the one before and one, so none comes near the limit. */
export const NUMBER_CEILING: bigint = 1n << 128n

const WHAT = 'the revocation list'
const VERSION_2 = Buffer.from([TAG.integer, 1, 1])
const LABEL = 'X509 CRL'
const BEGIN = `-----BEGIN ${LABEL}-----\n`
const END = `-----END ${LABEL}-----\n`
/** 100,000 entries of 55 bytes in base64, and some. */
const MAX_CHARS = 8 * 1024 * 1024

/**
 * Reads a revocation list strictly as a keystore issues it, and verifies that it is of the CA: signature, name and key identifier.
 * A list with another extension, an entry extension other than the reason, or unsorted entries is refused, valid or not.
 * Whether it is current is for the caller to compare.
 *
 * @param text one PEM block and nothing else
 * @param chain PEM of the certificate of the CA and those above it, as `keystore.chain`
 * @throws {SecretError} `malformed`; `refused` with the reason `other-ca` or `crl-extension`; `rejected` for the signature
 */
export function parseCrl(text: string, chain: string): Crl {
  return readCrl(decodeCrlPem(text), parseCaChain(chain))
}

/** The DER in the PEM of a list. Written again it must be the same text. @throws {SecretError} `malformed` */
export function decodeCrlPem(text: string): Buffer {
  if (text.length > MAX_CHARS || !text.startsWith(BEGIN) || !text.endsWith(END)) {
    throw malformedCrl()
  }
  const der = Buffer.from(text.slice(BEGIN.length, -END.length), 'base64')
  if (encodeCrlPem(der) !== text) throw malformedCrl()
  return der
}

/** Writes the DER of a list as PEM. */
export function encodeCrlPem(der: Buffer): string {
  return encodePem(LABEL, der)
}

/** Reads and verifies the DER of a list. @throws {SecretError} as {@link parseCrl} */
export function readCrl(der: Buffer, authority: CrlAuthority): Crl {
  const top = new DerCursor(der)
  const list = top.enter(TAG.sequence)
  top.end()
  const signed = list.takeWhole(TAG.sequence)
  const algorithm = list.takeWhole(TAG.sequence)
  const signature = list.take(TAG.bits)
  list.end()
  const fields = new DerCursor(signed).enter(TAG.sequence)
  if (!fields.takeWhole(TAG.integer).equals(VERSION_2)) throw malformedCrl()
  if (!fields.takeWhole(TAG.sequence).equals(algorithm)) throw malformedCrl()
  if (!fields.takeWhole(TAG.sequence).equals(authority.subject)) throw otherCa()
  const isExpected = algorithm.equals(algorithmOf(authority.publicKey).identifier())
  // The first byte counts the bits that do not count.
  const isWhole = signature[0] === 0
  const isSigned =
    isExpected && isWhole && isSignedBy(authority.publicKey, signed, signature.subarray(1))
  if (!isSigned) throw notVerified()
  const thisUpdate = fields.takeTime()
  const nextUpdate = fields.takeTime()
  if (nextUpdate <= thisUpdate) throw malformedCrl()
  const revoked = fields.isNext(TAG.sequence) ? readEntries(fields.enter(TAG.sequence)) : []
  const extensions = fields.take(TAG.extensions)
  fields.end()
  return { number: readNumber(extensions, authority), thisUpdate, nextUpdate, revoked }
}

/** An empty list is left out, so one that is there is malformed (RFC 5280 §5.1.2.6). */
function readEntries(entries: DerCursor): RevokedCertificate[] {
  const revoked: RevokedCertificate[] = []
  let last = ''
  do {
    const entry = readEntry(entries.enter(TAG.sequence))
    if (compareSerials(last, entry.serial) >= 0) throw malformedCrl()
    revoked.push(entry)
    last = entry.serial
    if (revoked.length > MAX_REVOKED) throw malformedCrl()
  } while (!entries.isDone)
  return revoked
}

function readEntry(fields: DerCursor): RevokedCertificate {
  const serial = fields.take(TAG.integer).toString('hex')
  if (!isSerial(serial)) throw malformedCrl()
  const revokedAt = fields.takeTime()
  if (fields.isDone) return { serial, revokedAt }
  const extensions = fields.takeWhole(TAG.sequence)
  fields.end()
  const reason = reasonOf(extensions[REASON_PREFIX.length] ?? 0)
  const isReason =
    extensions.length === REASON_PREFIX.length + 1 &&
    extensions.subarray(0, REASON_PREFIX.length).equals(REASON_PREFIX)
  if (!isReason || reason === undefined) throw wrongExtension('an entry')
  return { serial, revokedAt, reason }
}

/** Reads the two extensions that a list has, in the order in which they are written. */
function readNumber(extensions: Buffer, { keyId }: CrlAuthority): bigint {
  const [first, second, ...others] = readExtensions(readDer(extensions, WHAT))
  const isKnown =
    first?.type === EXTENSIONS.authorityKeyIdentifier && second?.type === EXTENSIONS.crlNumber
  if (!isKnown || first.critical || second.critical || others.length > 0) {
    throw wrongExtension('the list')
  }
  const identifier = readDer(first.value, WHAT).sequence(1, 1).at(0)
  if (!identifier.der().equals(Buffer.concat([Buffer.from([0x80, keyId.length]), keyId]))) {
    throw otherCa()
  }
  const number = readDer(second.value, WHAT).integer()
  if (number < 0n || number >= NUMBER_LIMIT) throw malformedCrl()
  return number
}

function otherCa(): SecretError {
  const message =
    'the revocation list is that of another CA: its issuer or key identifier differs; remove it, and publish that of this CA'
  return new SecretError('refused', message, { reason: 'other-ca' })
}

function wrongExtension(where: string): SecretError {
  const message = `${where} of the revocation list has an extension, or a reason, that OpenVPN does not accept or that is unknown; publish a new list`
  return new SecretError('refused', message, { reason: 'crl-extension' })
}

function notVerified(): SecretError {
  const message =
    'the signature of the revocation list does not verify with the key of the CA; remove it and publish a new list, and find out who wrote this one'
  return new SecretError('rejected', message, { reason: 'crl-signature' })
}
