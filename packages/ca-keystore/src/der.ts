import forge from 'node-forge'

/** A tree of ASN.1 values, ready to be written as DER. */
export type Asn1 = forge.asn1.Asn1

const { Class, Type } = forge.asn1

// The published types want their enumeration, which has no names for context tags.
const create: (
  tagClass: number,
  type: number,
  constructed: boolean,
  value: string | Asn1[],
) => Asn1 = forge.asn1.create

/** Writes a tree as DER. */
export function encodeDer(node: Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(node).getBytes(), 'latin1')
}

/** `SEQUENCE` of `items`. */
export function sequence(...items: Asn1[]): Asn1 {
  return create(Class.UNIVERSAL, Type.SEQUENCE, true, items)
}

/** `SET` of `items`, which must be one, or be sorted already. */
export function set(...items: Asn1[]): Asn1 {
  return create(Class.UNIVERSAL, Type.SET, true, items)
}

/** `[tag] EXPLICIT`, or an implicitly tagged constructed value. */
export function context(tag: number, ...items: Asn1[]): Asn1 {
  return create(Class.CONTEXT_SPECIFIC, tag, true, items)
}

/** `[tag] IMPLICIT` over a primitive value. */
export function implicit(tag: number, bytes: Buffer): Asn1 {
  return create(Class.CONTEXT_SPECIFIC, tag, false, bytes.toString('latin1'))
}

/** `OBJECT IDENTIFIER` from its dotted form. */
export function oid(dotted: string): Asn1 {
  return primitive(Type.OID, forge.asn1.oidToDer(dotted).getBytes())
}

/** `INTEGER`; bytes are big-endian two's complement. */
export function integer(value: number | Buffer): Asn1 {
  const bytes =
    typeof value === 'number' ? forge.asn1.integerToDer(value).getBytes() : value.toString('latin1')
  return primitive(Type.INTEGER, bytes)
}

/** `BOOLEAN TRUE`; DER leaves out `FALSE` where it is the default (X.690 §11.5). */
export function yes(): Asn1 {
  return primitive(Type.BOOLEAN, '\xff')
}

/** `OCTET STRING`. */
export function octets(bytes: Buffer): Asn1 {
  return primitive(Type.OCTETSTRING, bytes.toString('latin1'))
}

/** `BIT STRING` whose last `unused` bits do not count. */
export function bits(bytes: Buffer, unused = 0): Asn1 {
  return primitive(Type.BITSTRING, String.fromCharCode(unused) + bytes.toString('latin1'))
}

/** `UTF8String`. */
export function utf8(text: string): Asn1 {
  return primitive(Type.UTF8, Buffer.from(text, 'utf8').toString('latin1'))
}

/** `NULL`. */
export function nothing(): Asn1 {
  return primitive(Type.NULL, '')
}

/** `UTCTime` up to 2049 and `GeneralizedTime` from 2050 on (RFC 5280 §4.1.2.5), whole seconds. */
export function time(date: Date): Asn1 {
  return date.getUTCFullYear() < 2050
    ? primitive(Type.UTCTIME, forge.asn1.dateToUtcTime(date))
    : primitive(Type.GENERALIZEDTIME, forge.asn1.dateToGeneralizedTime(date))
}

/** A value that is DER already, written as it is. */
export function embedded(der: Buffer): Asn1 {
  const content = der.subarray(headerLength(der)).toString('latin1')
  // The whole tag byte as the type keeps the constructed bit over content that is not taken apart.
  return create(Class.UNIVERSAL, der[0] ?? 0, false, content)
}

/** How many bytes of a DER value are its tag and length (X.690 §8.1.3), for one-byte tags. */
function headerLength(der: Buffer): number {
  const first = der[1] ?? 0
  return first < 0x80 ? 2 : 2 + (first & 0x7f)
}

function primitive(type: number, bytes: string): Asn1 {
  return create(Class.UNIVERSAL, type, false, bytes)
}
