import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto'

/** `PrivateKeyInfo` of an Ed25519 key up to its 32 bytes (RFC 8410 §7). */
const ED25519_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Derives an Ed25519 key from secret bytes by HKDF with SHA-256 (RFC 5869), for one use. Its public half reveals nothing of them. */
export function deriveSigningKey(secret: Uint8Array, use: string): KeyObject {
  const seed = Buffer.from(hkdfSync('sha256', secret, '', use, 32))
  const key = Buffer.concat([ED25519_PREFIX, seed])
  seed.fill(0)
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  } finally {
    key.fill(0)
  }
}

/** `SubjectPublicKeyInfo` of the public half of a key, in base64. */
export function verifierOf(key: KeyObject): string {
  return spkiOf(createPublicKey(key))
}

/** `SubjectPublicKeyInfo` of a public key, in base64. */
export function spkiOf(publicKey: KeyObject): string {
  return publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
}

/** Reads what {@link spkiOf} gives. */
export function publicKeyFrom(spki: string): KeyObject {
  return createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' })
}
