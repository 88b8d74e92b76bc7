import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'

/** `PrivateKeyInfo` of an X25519 key up to its 32 bytes (RFC 8410 §7). */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex')
/** `SubjectPublicKeyInfo` of an X25519 key up to its 32 bytes (RFC 8410 §4). */
const PUBLIC_PREFIX = Buffer.from('302a300506032b656e032100', 'hex')
const KEY_BYTES = 32

/** Returns the X25519 public key (RFC 7748) of 32 secret bytes. */
export function x25519PublicKey(secret: Buffer): Buffer {
  return rawPublicKey(createPublicKey(privateKeyOf(secret)))
}

/** Returns the raw bytes of an X25519 public key. */
export function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES)
}

/**
 * Agrees on a secret (RFC 7748 §6.1). The caller wipes it.
 *
 * @param own 32 secret bytes, or a key of this process
 * @returns undefined for a public key that would lead to a secret of zeros
 */
export function agree(own: Buffer | KeyObject, other: Buffer): Buffer | undefined {
  const key = Buffer.concat([PUBLIC_PREFIX, other])
  const publicKey = createPublicKey({ key, format: 'der', type: 'spki' })
  const privateKey = Buffer.isBuffer(own) ? privateKeyOf(own) : own
  try {
    return diffieHellman({ privateKey, publicKey })
  } catch {
    return undefined
  }
}

function privateKeyOf(secret: Buffer): KeyObject {
  const key = Buffer.concat([PRIVATE_PREFIX, secret])
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  } finally {
    key.fill(0)
  }
}
