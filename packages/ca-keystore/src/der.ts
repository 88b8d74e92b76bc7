/** Tags of DER values (X.680 §8.4). */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  nothing: 0x05,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** `[0] EXPLICIT`, around the extensions of a revocation list. */
  extensions: 0xa0,
} as const

const CONTEXT = 0x80
const CONSTRUCTED = 0x20

/** Writes one value around parts that are DER already (X.690 §8.1). */
function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(length)]), ...parts])
}

/** The shortest form (X.690 §10.1). */
function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes = bytesOf(length)
  return [0x80 | bytes.length, ...bytes]
}

/** Big-endian, without leading zeros. */
function bytesOf(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return bytes
}

/** `SEQUENCE` of `items`. */
export function sequence(...items: readonly Buffer[]): Buffer {
  return tlv(TAG.sequence, ...items)
}

/** `SET` of `items`, which must be one, or be sorted already. */
export function set(...items: readonly Buffer[]): Buffer {
  return tlv(TAG.set, ...items)
}

/** `[tag] EXPLICIT`, or an implicitly tagged constructed value. */
export function context(tag: number, ...items: readonly Buffer[]): Buffer {
  return tlv(CONTEXT | CONSTRUCTED | tag, ...items)
}

/** `[tag] IMPLICIT` over a primitive value. */
export function implicit(tag: number, bytes: Buffer): Buffer {
  return tlv(CONTEXT | tag, bytes)
}

/** `OBJECT IDENTIFIER` from its dotted form (X.690 §8.19). */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return tlv(TAG.oid, Buffer.from([first * 40 + second, ...rest].flatMap(base128)))
}

/** Seven bits a byte, all but the last marked. */
function base128(value: number): number[] {
  const bytes = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift(0x80 | (rest % 128))
  }
  return bytes
}

/** `INTEGER` from 0 on; bytes are big-endian two's complement, and written as they are. */
export function integer(value: number | Buffer): Buffer {
  return tlv(TAG.integer, typeof value === 'number' ? unsigned(Buffer.from(bytesOf(value))) : value)
}

/** The two's complement of an unsigned big-endian number: no leading zeros, but one before a top bit that is set. */
export function unsigned(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0)
  if (start < 0) return Buffer.alloc(1)
  const digits = bytes.subarray(start)
  return (digits[0] ?? 0) < 0x80 ? digits : Buffer.concat([Buffer.alloc(1), digits])
}

/** `BOOLEAN TRUE`; DER leaves out `FALSE` where it is the default (X.690 §11.5). */
export function yes(): Buffer {
  return tlv(TAG.boolean, Buffer.from([0xff]))
}

/** `OCTET STRING`. */
export function octets(bytes: Buffer): Buffer {
  return tlv(TAG.octets, bytes)
}

/** `BIT STRING` whose last `unused` bits do not count. */
export function bits(bytes: Buffer, unused = 0): Buffer {
  return tlv(TAG.bits, Buffer.from([unused]), bytes)
}

/** `UTF8String`. */
export function utf8(text: string): Buffer {
  return tlv(TAG.utf8, Buffer.from(text, 'utf8'))
}

/** `NULL`. */
export function nothing(): Buffer {
  return tlv(TAG.nothing)
}

/** `UTCTime` up to 2049 and `GeneralizedTime` from 2050 on (RFC 5280 §4.1.2.5), whole seconds. */
export function time(date: Date): Buffer {
  const text = timeText(date)
  return tlv(timeTag(text), Buffer.from(text, 'latin1'))
}

/** The content of a {@link time}. */
export function timeText(date: Date): string {
  const year = date.getUTCFullYear()
  const day = (date.getUTCMonth() + 1) * 100 + date.getUTCDate()
  const second = (date.getUTCHours() * 100 + date.getUTCMinutes()) * 100 + date.getUTCSeconds()
  // One number is several times as fast as six texts.
  const digits = `${(year * 1e4 + day) * 1e6 + second}Z`
  return year < 2050 ? digits.slice(2) : digits
}

/** The tag of a {@link timeText}: `YYMMDDHHMMSSZ` has 13 characters. */
export function timeTag(text: string): number {
  return text.length === 13 ? TAG.utcTime : TAG.generalizedTime
}
