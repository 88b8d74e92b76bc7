import { headerLength } from './der.ts'

/**
 * The one attribute we add to `PrivateKeyInfo` (RFC 5958 §2): `[0] { SEQUENCE { OID, SET { OCTET STRING (32) } } }` up to
 * the 32 bytes. The OID is 2.25.125677684529312993240023839017396636162, made from a random UUID (ITU-T X.667 §7).
 */
const ATTRIBUTE_START = Buffer.from(
  'a03c' + '303a' + '06146981bd8cd28ff7df9aaaababedf880bde0e29402' + '3122' + '0420',
  'hex',
)
const MAC_BYTES = 32
const SEQUENCE_TAG = 0x30

/**
 * Adds a MAC to a `PrivateKeyInfo` as its only attribute. Works on bytes that can be wiped, where an ASN.1 library would
 * leave copies of the key in strings.
 *
 * @param pkcs8 `PrivateKeyInfo` without attributes
 */
export function seal(pkcs8: Buffer, authenticate: (pkcs8: Buffer) => Buffer): Buffer {
  const start = headerLength(pkcs8)
  return sequenceOf(pkcs8.subarray(start), ATTRIBUTE_START, authenticate(pkcs8))
}

/**
 * Takes the MAC off again.
 *
 * @returns the `PrivateKeyInfo`, or undefined unless the form is exactly that of {@link seal} and the MAC is right
 */
export function unseal(
  sealed: Buffer,
  isAuthentic: (mac: Buffer, pkcs8: Buffer) => boolean,
): Buffer | undefined {
  const start = headerLength(sealed)
  const macAt = sealed.length - MAC_BYTES
  const attributeAt = macAt - ATTRIBUTE_START.length
  if (attributeAt <= start) return undefined
  const pkcs8 = sequenceOf(sealed.subarray(start, attributeAt))
  if (!isAuthentic(sealed.subarray(macAt), pkcs8)) return undefined
  const again = seal(pkcs8, () => sealed.subarray(macAt))
  const isExact = again.equals(sealed)
  again.fill(0)
  return isExact ? pkcs8 : undefined
}

function sequenceOf(...parts: Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([Buffer.from([SEQUENCE_TAG, ...lengthOctets(length)]), ...parts])
}

/** X.690 §8.1.3. */
function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length]
  if (length < 0x100) return [0x81, length]
  return [0x82, length >> 8, length & 0xff]
}
