import { createHash } from 'node:crypto'
import { bits, integer, nothing, oid, sequence, unsigned } from '../der.ts'
import { readDer } from '../der-reader.ts'

/** The kinds of CA key that a token makes. */
export type TokenAlgorithm = 'ecdsa-p256' | 'rsa-3072'

/** Attributes and mechanisms by their numbers (PKCS #11 2.40, "pkcs11t.h"). */
const CKM = { rsaKeyPair: 0x0, sha256RsaPkcs: 0x40, ecKeyPair: 0x1040, ecdsa: 0x1041 } as const
const CKA = { modulus: 0x120, modulusBits: 0x121, exponent: 0x122, ecParams: 0x180, ecPoint: 0x181 }

const P256 = oid('1.2.840.10045.3.1.7')
const F4 = Buffer.from('010001', 'hex')

interface TokenAlgorithmEntry {
  /** The mechanism that makes a pair, and what it asks for. */
  readonly generation: number
  readonly parameters: { type: number; value: Buffer | number | boolean }[]
  readonly mechanism: number
  /** The input of the mechanism. */
  readonly prepare: (data: Buffer) => Buffer
  /** The signature as certificates have it. */
  readonly finish: (raw: Buffer) => Buffer
  /** The longest output of the mechanism. */
  readonly maxBytes: number
  /** `SubjectPublicKeyInfo` from the attributes of the public key. */
  readonly spkiOf: (read: (types: readonly number[]) => Buffer[]) => Buffer
}

/** How each kind of key is made and signs in a token. */
export const TOKEN_ALGORITHMS: Readonly<Record<TokenAlgorithm, TokenAlgorithmEntry>> = {
  'ecdsa-p256': {
    generation: CKM.ecKeyPair,
    parameters: [{ type: CKA.ecParams, value: P256 }],
    mechanism: CKM.ecdsa,
    // Many tokens know ECDSA over a digest alone.
    prepare: (data) => createHash('sha256').update(data).digest(),
    finish: (raw) =>
      sequence(integer(unsigned(raw.subarray(0, 32))), integer(unsigned(raw.subarray(32)))),
    maxBytes: 64,
    spkiOf(read) {
      const [point = Buffer.alloc(0)] = read([CKA.ecPoint])
      const algorithm = sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7'))
      return sequence(algorithm, bits(readDer(point, 'CKA_EC_POINT').octets()))
    },
  },
  'rsa-3072': {
    generation: CKM.rsaKeyPair,
    parameters: [
      { type: CKA.modulusBits, value: 3072 },
      { type: CKA.exponent, value: F4 },
    ],
    mechanism: CKM.sha256RsaPkcs,
    prepare: (data) => data,
    finish: (raw) => raw,
    maxBytes: 384,
    spkiOf(read) {
      const [modulus = Buffer.alloc(0), exponent = Buffer.alloc(0)] = read([
        CKA.modulus,
        CKA.exponent,
      ])
      const key = sequence(integer(unsigned(modulus)), integer(unsigned(exponent)))
      return sequence(sequence(oid('1.2.840.113549.1.1.1'), nothing()), bits(key))
    },
  },
}
