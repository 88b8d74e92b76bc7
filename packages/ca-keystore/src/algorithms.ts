import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { type Asn1, nothing, oid, sequence } from './der.ts'

/** The kinds of key that this package makes. */
export type KeyAlgorithm = 'ecdsa-p256' | 'rsa-3072' | 'ed25519'

/** How one kind of key is made and signs. */
export interface AlgorithmEntry {
  generate(): { privateKey: KeyObject; publicKey: KeyObject }
  /** The digest for `crypto.sign`; Ed25519 has its own. */
  readonly digest: string | null
  /** `AlgorithmIdentifier` of its signatures. */
  readonly identifier: () => Asn1
}

/**
 * ecdsa-with-SHA256 (RFC 5758 §3.2) and Ed25519 (RFC 8410 §3) have no parameters, sha256WithRSAEncryption has NULL
 * (RFC 4055 §5).
 */
export const ALGORITHMS: Readonly<Record<KeyAlgorithm, AlgorithmEntry>> = {
  'ecdsa-p256': {
    generate: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    digest: 'sha256',
    identifier: () => sequence(oid('1.2.840.10045.4.3.2')),
  },
  'rsa-3072': {
    generate: () => generateKeyPairSync('rsa', { modulusLength: 3072, publicExponent: 65_537 }),
    digest: 'sha256',
    identifier: () => sequence(oid('1.2.840.113549.1.1.11'), nothing()),
  },
  ed25519: {
    generate: () => generateKeyPairSync('ed25519'),
    digest: null,
    identifier: () => sequence(oid('1.3.101.112')),
  },
}

/**
 * Which row of {@link ALGORITHMS} a key signs by.
 *
 * @throws {SecretError} `refused` for any other key
 */
export function algorithmOf(key: KeyObject): AlgorithmEntry {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'ed25519') return ALGORITHMS.ed25519
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return ALGORITHMS['ecdsa-p256']
  if (key.asymmetricKeyType === 'rsa' && (modulusLength ?? 0) >= 3072) return ALGORITHMS['rsa-3072']
  throw new SecretError(
    'refused',
    'the CA key is none of ECDSA P-256, RSA of 3072 bits or more, Ed25519; make a new CA',
    { reason: 'algorithm' },
  )
}
