import { createECDH, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { type DerNode, readDer } from './der-reader.ts'
import { findRsaWeakness } from './rsa-weakness.ts'

/** A curve, its bytes a coordinate, and how many scalars are covered: each costs about 40 µs on P-256 and 0.8 ms on P-384, once. */
const CURVES = {
  'P-256': { curve: 'prime256v1', bytes: 32, count: 1024 },
  'P-384': { curve: 'secp384r1', bytes: 48, count: 128 },
} as const

/** A curve whose points are compared. */
type ScalarCurve = keyof typeof CURVES

const known = new Map<ScalarCurve, ReadonlySet<string>>()

/**
 * The y coordinates of the eight points of small order on edwards25519, and their encodings that are not reduced: the list
 * of libsodium (`ge25519_has_small_order`), little-endian, without the sign bit.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

/** The kinds of key that a certificate may be issued for. */
export type SubjectKeyType = 'rsa' | 'ec' | 'ed25519'

/** A public key of a subject whose type and size a CA accepts. */
export interface SubjectKey {
  readonly type: SubjectKeyType
  readonly publicKey: KeyObject
  /** `SubjectPublicKeyInfo`. */
  readonly spki: Buffer
  /** The content of its BIT STRING, which key ids are made of. */
  readonly bits: Buffer
}

interface Gate {
  readonly type: SubjectKeyType
  /** Why the key is refused. */
  weakness(bits: Buffer, what: string): string | undefined
  /** The key as a JWK (RFC 7517), which OpenSSL imports faster than a `SubjectPublicKeyInfo`. */
  jwk?(bits: Buffer, what: string): JsonWebKey
}

/**
 * By the whole `AlgorithmIdentifier` in hex: P-256 and P-384 (RFC 5480 §2.1.1, named curves only), Ed25519 (RFC 8410 §4), RSA (RFC 3279 §2.3.1).
 * P-384 comes without a JWK: of one the order of the point is checked, which takes longer than all the rest.
 */
const GATES: Readonly<Record<string, Gate>> = {
  '301306072a8648ce3d020106082a8648ce3d030107': {
    type: 'ec',
    weakness: pointWeakness(65, 'P-256'),
    jwk: (bits) => ({ kty: 'EC', crv: 'P-256', x: url(bits, 1, 33), y: url(bits, 33) }),
  },
  '301006072a8648ce3d020106052b81040022': { type: 'ec', weakness: pointWeakness(97, 'P-384') },
  '300506032b6570': {
    type: 'ed25519',
    weakness: edwardsWeakness,
    jwk: (bits) => ({ kty: 'OKP', crv: 'Ed25519', x: url(bits) }),
  },
  '300d06092a864886f70d0101010500': { type: 'rsa', weakness: rsaWeakness, jwk: rsaJwk },
}

/**
 * Checks the key that a certificate is wanted for, before anything is verified with it: P-256, P-384, Ed25519, or RSA of
 * 2048 to 4096 bits with exponent 65537 and no known weakness.
 *
 * @throws {SecretError} `malformed`, or `refused` with the reason `weak-key`
 */
export function parseSubjectKey(node: DerNode, what: string): SubjectKey {
  const parts = node.sequence(2, 2)
  const gate = GATES[parts.at(0).der().toString('hex')]
  if (gate === undefined) throw weakKey('its kind or curve is not accepted')
  const bits = parts.at(1).bits()
  const weakness = gate.weakness(bits, what)
  if (weakness !== undefined) throw weakKey(weakness)
  const spki = node.der()
  return { type: gate.type, publicKey: imported(spki, gate.jwk?.(bits, what)), spki, bits }
}

/** Of points of `length` bytes. */
function pointWeakness(length: number, curve: ScalarCurve) {
  return (bits: Buffer): string | undefined => {
    if (bits[0] !== 0x04 || bits.length !== length) {
      return 'its point is not a whole, uncompressed one'
    }
    return isOfTinyScalar(bits, curve) ? 'its private key is a tiny number' : undefined
  }
}

function edwardsWeakness(bits: Buffer): string | undefined {
  return bits.length === 32 && !isSmallOrder(bits) ? undefined : 'its point is of small order'
}

function rsaWeakness(bits: Buffer, what: string): string | undefined {
  const key = readDer(bits, what).sequence(2, 2)
  const [modulus, exponent] = [key.at(0).integer(), key.at(1).integer()]
  if (exponent !== 65_537n) return 'its exponent is not 65537'
  const length = modulus > 0n ? modulus.toString(2).length : 0
  if (length < 2048 || length > 4096 || length % 8 !== 0) {
    return 'its length is not 2048 to 4096 bits'
  }
  return findRsaWeakness(modulus)
}

/** A number of a JWK has no leading zero, which an `INTEGER` has before a top bit that is set. */
function rsaJwk(bits: Buffer, what: string): JsonWebKey {
  const { items } = readDer(bits, what).sequence(2, 2)
  const [n = '', e = ''] = items.map((one) => one.magnitude().toString('base64url'))
  return { kty: 'RSA', n, e }
}

function url(bytes: Buffer, start = 0, end?: number): string {
  return bytes.subarray(start, end).toString('base64url')
}

/** OpenSSL refuses a point that is not on its curve. */
function imported(spki: Buffer, jwk: JsonWebKey | undefined): KeyObject {
  try {
    return jwk === undefined
      ? createPublicKey({ key: spki, format: 'der', type: 'spki' })
      : createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    throw weakKey('it is not a valid key of its kind')
  }
}

/** The error of a key that a certificate is refused for. */
export function weakKey(weakness: string): SecretError {
  return new SecretError(
    'refused',
    `the public key is refused: ${weakness}; make a new key (P-256, P-384, Ed25519, or RSA of 2048 to 4096 bits)`,
    { reason: 'weak-key' },
  )
}

/** Whether an Ed25519 public key is a point under which one signature fits many messages. */
function isSmallOrder(publicKey: Buffer): boolean {
  const y = Buffer.from(publicKey)
  y[31] = (y[31] ?? 0) & 0x7f
  return SMALL_ORDER.has(y.toString('hex'))
}

/**
 * Whether an uncompressed point is `k·G` or `(n−k)·G` for a small `k`, as the generator itself is: its private key is the first that an attacker
 * tries. A point and its negative have one x coordinate, so that alone is compared.
 */
function isOfTinyScalar(point: Buffer, name: ScalarCurve): boolean {
  const xs = known.get(name) ?? xCoordinates(name)
  known.set(name, xs)
  return xs.has(point.toString('latin1', 1, 1 + CURVES[name].bytes))
}

function xCoordinates(name: ScalarCurve): ReadonlySet<string> {
  const { curve, bytes, count } = CURVES[name]
  const ecdh = createECDH(curve)
  const scalar = Buffer.alloc(bytes)
  const xs = Array.from({ length: count }, (_, at) => {
    scalar.writeUInt32BE(at + 1, bytes - 4)
    ecdh.setPrivateKey(scalar)
    return ecdh.getPublicKey().toString('latin1', 1, 1 + bytes)
  })
  return new Set(xs)
}
