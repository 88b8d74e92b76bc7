import { createPublicKey, type KeyObject } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { type DerNode, readDer } from './der-reader.ts'
import { findRsaWeakness } from './rsa-weakness.ts'
import { isSmallOrder } from './small-order.ts'

/** The kinds of key that a certificate may be issued for. */
export type SubjectKeyType = 'rsa' | 'ec' | 'ed25519'

/** A public key that passed {@link parseSubjectKey}. */
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
  /** The parameters must be exactly these bytes, or absent. */
  readonly parameters: readonly (string | undefined)[]
  /** Why the key is refused. */
  weakness(bits: Buffer, what: string): string | undefined
}

/** RFC 5480 §2.1.1 (named curves only), RFC 8410 §4, RFC 3279 §2.3.1, by `AlgorithmIdentifier.algorithm`. */
const GATES: Readonly<Record<string, Gate>> = {
  '1.2.840.10045.2.1': {
    type: 'ec',
    parameters: ['06082a8648ce3d030107', '06052b81040022'],
    weakness: pointWeakness,
  },
  '1.3.101.112': { type: 'ed25519', parameters: [undefined], weakness: edwardsWeakness },
  '1.2.840.113549.1.1.1': { type: 'rsa', parameters: ['0500'], weakness: rsaWeakness },
}

/**
 * Checks the key that a certificate is wanted for, before anything is verified with it: P-256, P-384, Ed25519, or RSA of
 * 2048 to 4096 bits with exponent 65537 and no known weakness.
 *
 * @throws {SecretError} `malformed`, or `refused` with the reason `weak-key`
 */
export function parseSubjectKey(node: DerNode, what: string): SubjectKey {
  const parts = node.sequence(2, 2)
  const identifier = parts.at(0).sequence(1, 2)
  const gate = GATES[identifier.at(0).oid()]
  const parameters = identifier.items[1]?.der().toString('hex')
  if (!gate?.parameters.includes(parameters)) throw weak('its kind or curve is not accepted')
  const bits = parts.at(1).bits()
  const weakness = gate.weakness(bits, what)
  if (weakness !== undefined) throw weak(weakness)
  const spki = node.der()
  return { type: gate.type, publicKey: imported(spki), spki, bits }
}

function pointWeakness(bits: Buffer): string | undefined {
  const isUncompressed = bits[0] === 0x04 && (bits.length === 65 || bits.length === 97)
  return isUncompressed ? undefined : 'its point is not a whole, uncompressed one'
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

/** OpenSSL refuses a point that is not on its curve. */
function imported(spki: Buffer): KeyObject {
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' })
  } catch {
    throw weak('it is not a valid key of its kind')
  }
}

function weak(weakness: string): SecretError {
  return new SecretError(
    'refused',
    `the public key is refused: ${weakness}; make a new key (P-256, P-384, Ed25519, or RSA of 2048 to 4096 bits)`,
    { reason: 'weak-key' },
  )
}
