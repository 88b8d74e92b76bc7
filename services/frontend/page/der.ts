type Bytes = Uint8Array<ArrayBuffer>

/** The content of the parts, one after the other. */
function concat(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** One DER value (ITU-T X.690 §8.1 and §10.1): its tag, its length in the fewest bytes, its content of less than 64 KiB. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Bytes {
  const content = concat(...parts)
  return concat(Uint8Array.of(tag, ...lengthOf(content.length)), content)
}

function lengthOf(length: number): readonly number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

/** `SEQUENCE` of encoded values. */
export function sequence(...parts: readonly Uint8Array[]): Bytes {
  return der(0x30, ...parts)
}

/** `INTEGER` of a number that is not negative, given as big-endian bytes (X.690 §8.3): no zero leads it but before a top bit. */
export function integer(magnitude: Uint8Array): Bytes {
  const first = magnitude.findIndex((byte) => byte !== 0)
  const least = first < 0 ? Uint8Array.of(0) : magnitude.subarray(first)
  const isHigh = (least[0] ?? 0) >= 0x80
  return isHigh ? der(0x02, Uint8Array.of(0), least) : der(0x02, least)
}

/** `BIT STRING` of whole bytes. */
export function bits(content: Uint8Array): Bytes {
  return der(0x03, Uint8Array.of(0), content)
}

/** A value in PEM (RFC 7468), 64 characters a line. */
export function pem(label: string, value: Uint8Array): string {
  const text = btoa(String.fromCharCode(...value))
  const lines = text.match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
