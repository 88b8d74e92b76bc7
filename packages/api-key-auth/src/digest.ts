import { hash, randomBytes } from 'node:crypto'

const DIGEST_BYTES = 32

/** A SHA-256 digest, one character a byte: compared where it lies, and one object instead of a Buffer's three. */
export type Digest = string

/** The digest to compare with where there is none, so that it takes as long. No text has it. */
export const NO_DIGEST: Digest = toDigest(randomBytes(DIGEST_BYTES))

/** The SHA-256 of a key's whole text. No slow hash: its 256 random bits cannot be searched. */
export function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}

/** The digest in these bytes. */
export function toDigest(bytes: Buffer): Digest {
  return bytes.toString('latin1')
}

/**
 * Whether `text` has that digest, in a time that does not depend on where the two differ: every byte is looked at, and
 * nothing depends on what it is. `crypto.timingSafeEqual` would take Buffers, which take longer to make than the hash.
 */
export function hasDigest(text: string, digest: Digest): boolean {
  const presented = hash('sha256', text, 'binary')
  let difference = presented.length ^ digest.length
  for (let i = 0; i < DIGEST_BYTES; i++)
    difference |= presented.charCodeAt(i) ^ digest.charCodeAt(i)
  return difference === 0
}
