import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { nothing, oid, sequence } from './der.ts'

/** The kinds of key that this package makes, the default first. */
export const KEY_ALGORITHMS = [
  'ecdsa-p256',
  'ecdsa-p384',
  'rsa-3072',
  'rsa-4096',
  'ed25519',
] as const

/** One of {@link KEY_ALGORITHMS}. */
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number]

/** How one kind of key is made and signs. */
export interface AlgorithmEntry {
  generate(): { privateKey: KeyObject; publicKey: KeyObject }
  /** The digest for `crypto.sign`; Ed25519 has its own. */
  readonly digest: string | null
  /** `AlgorithmIdentifier` of its signatures. */
  readonly identifier: () => Buffer
}

/**
 * ecdsa-with-SHA256 and -SHA384 (RFC 5758 §3.2) and Ed25519 (RFC 8410 §3) have no parameters, sha256WithRSAEncryption has NULL
 * (RFC 4055 §5).
 */
export const ALGORITHMS: Readonly<Record<KeyAlgorithm, AlgorithmEntry>> = {
  'ecdsa-p256': {
    generate: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    digest: 'sha256',
    identifier: () => sequence(oid('1.2.840.10045.4.3.2')),
  },
  'ecdsa-p384': {
    generate: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    digest: 'sha384',
    identifier: () => sequence(oid('1.2.840.10045.4.3.3')),
  },
  'rsa-3072': rsa(3072),
  'rsa-4096': rsa(4096),
  ed25519: {
    generate: () => generateKeyPairSync('ed25519'),
    digest: null,
    identifier: () => sequence(oid('1.3.101.112')),
  },
}

function rsa(modulusLength: number): AlgorithmEntry {
  return {
    generate: () => generateKeyPairSync('rsa', { modulusLength, publicExponent: 65_537 }),
    digest: 'sha256',
    identifier: () => sequence(oid('1.2.840.113549.1.1.11'), nothing()),
  }
}

/** By the names of OpenSSL. */
const CURVES: Readonly<Record<string, KeyAlgorithm>> = {
  prime256v1: 'ecdsa-p256',
  secp384r1: 'ecdsa-p384',
}

/**
 * Which row of {@link ALGORITHMS} a key signs by.
 *
 * @throws {SecretError} `refused` for any other key
 */
export function algorithmOf(key: KeyObject): AlgorithmEntry {
  const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
  const curve = CURVES[namedCurve]
  if (key.asymmetricKeyType === 'ed25519') return ALGORITHMS.ed25519
  if (key.asymmetricKeyType === 'ec' && curve !== undefined) return ALGORITHMS[curve]
  const isRsa = key.asymmetricKeyType === 'rsa'
  if (isRsa && modulusLength >= 3072 && modulusLength <= 4096) return ALGORITHMS['rsa-3072']
  throw new SecretError(
    'refused',
    'the CA key is none of ECDSA P-256 or P-384, RSA of 3072 to 4096 bits, Ed25519; make a new CA',
    { reason: 'algorithm' },
  )
}
