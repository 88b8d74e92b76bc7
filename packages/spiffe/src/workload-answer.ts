import { X509Certificate } from 'node:crypto'
import { SecretError } from '@rekey/secret'

/** One identity out of an answer of the Workload API. */
export interface Svid {
  readonly spiffeId: string
  /** SHA-256 of the leaf, 64 lower-case hexadecimal digits. */
  readonly version: string
  /** The key in PKCS#8, then the certificates, leaf first: PEM. */
  readonly text: string
  /** The roots of its own trust domain: PEM. */
  readonly roots: string
  readonly notBefore: Date
  readonly notAfter: Date
}

/**
 * Reads an `X509SVIDResponse` (SPIFFE Workload API §5.2.1).
 *
 * @throws {SecretError} `malformed`, without any of the answer
 */
export function parseAnswer(message: Buffer): Svid[] {
  try {
    return (fieldsOf(message).get(1) ?? []).map(readSvid)
  } catch {
    throw new SecretError(
      'malformed',
      'The Workload API gave an answer that is no X509SVIDResponse',
    )
  }
}

function readSvid(message: Buffer): Svid {
  const fields = fieldsOf(message)
  const [spiffeId, certificates, key, bundle] = [1, 2, 3, 4].map((number) => {
    const value = fields.get(number)?.at(-1)
    if (value === undefined) throw new RangeError('a field is absent')
    return value
  }) as [Buffer, Buffer, Buffer, Buffer]
  const chain = splitDer(certificates)
  const leaf = new X509Certificate(chain[0] ?? '')
  return {
    spiffeId: spiffeId.toString(),
    version: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    text: [pemOf('PRIVATE KEY', key), ...chain.map((der) => pemOf('CERTIFICATE', der))].join(''),
    roots: splitDer(bundle)
      .map((der) => pemOf('CERTIFICATE', der))
      .join(''),
    notBefore: new Date(leaf.validFrom),
    notAfter: new Date(leaf.validTo),
  }
}

/** The fields of a protobuf message by number. All that are defined here have the wire type 2, a length and bytes. */
function fieldsOf(message: Buffer): Map<number, Buffer[]> {
  const fields = new Map<number, Buffer[]>()
  let at = 0
  const varint = () => {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = message.readUInt8(at)
      at += 1
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
  }
  while (at < message.length) {
    const tag = varint()
    if (tag % 8 !== 2) throw new RangeError('another wire type')
    const end = varint() + at
    const number = Math.floor(tag / 8)
    fields.set(number, [...(fields.get(number) ?? []), message.subarray(at, end)])
    at = end
  }
  return fields
}

/** Certificates in DER, one after another. */
function splitDer(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let rest = bytes; rest.length > 0;) {
    const first = rest.readUInt8(1)
    const digits = first < 0x80 ? 0 : first & 0x7f
    const length = 2 + digits + (digits === 0 ? first : rest.readUIntBE(2, digits))
    if (length > rest.length) throw new RangeError('it is cut')
    parts.push(rest.subarray(0, length))
    rest = rest.subarray(length)
  }
  return parts
}

function pemOf(label: string, der: Buffer): string {
  const lines = der.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}
