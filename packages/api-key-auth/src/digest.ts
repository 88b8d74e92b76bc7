import { hash, timingSafeEqual } from 'node:crypto'

/** Bytes of a SHA-256 digest. */
export const DIGEST_BYTES = 32

/** The SHA-256 of a key's whole text. No slow hash: there are 256 random bits in it, which nobody can try out. */
export function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}

const presented = Buffer.alloc(DIGEST_BYTES)

/**
 * Whether `text` has that digest, in a time that does not tell where the two differ. One-shot `crypto.hash` gives a
 * string in less than half the time that it takes to give a new Buffer, hence the detour through one that is reused.
 */
export function hasDigest(text: string, digest: Buffer): boolean {
  presented.write(hash('sha256', text, 'binary'), 'latin1')
  return timingSafeEqual(presented, digest)
}
