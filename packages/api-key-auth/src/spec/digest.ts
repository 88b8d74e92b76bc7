import { hash, randomBytes } from 'node:crypto'

const DIGEST_BYTES = 32

/**
 * A SHA-256 digest as eight integers. A text or a Buffer would lie somewhere else than the object that has it, and a keyring of
 * many callers would wait for it to be fetched from memory.
 */
export interface Digest {
  readonly word0: number
  readonly word1: number
  readonly word2: number
  readonly word3: number
  readonly word4: number
  readonly word5: number
  readonly word6: number
  readonly word7: number
}

/** The SHA-256 of a key's whole text. No slow hash: its 256 random bits cannot be searched. */
export function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}

/** The digest in these 32 bytes. */
export function toDigest(bytes: Buffer): Digest {
  return {
    word0: bytes.readInt32LE(0),
    word1: bytes.readInt32LE(4),
    word2: bytes.readInt32LE(8),
    word3: bytes.readInt32LE(12),
    word4: bytes.readInt32LE(16),
    word5: bytes.readInt32LE(20),
    word6: bytes.readInt32LE(24),
    word7: bytes.readInt32LE(28),
  }
}

/** The digest to compare with where there is none, so that it takes as long. No text has it. */
export const NO_DIGEST: Digest = toDigest(randomBytes(DIGEST_BYTES))

/**
 * Whether `text` has that digest, in a time that does not depend on where the two differ: every byte is examined, and
 * nothing depends on what it is. `crypto.timingSafeEqual` would take Buffers, which take longer to make than the hash.
 */
export function hasDigest(text: string, digest: Digest): boolean {
  const shown = hash('sha256', text, 'binary')
  const difference =
    (wordAt(shown, 0) ^ digest.word0) |
    (wordAt(shown, 4) ^ digest.word1) |
    (wordAt(shown, 8) ^ digest.word2) |
    (wordAt(shown, 12) ^ digest.word3) |
    (wordAt(shown, 16) ^ digest.word4) |
    (wordAt(shown, 20) ^ digest.word5) |
    (wordAt(shown, 24) ^ digest.word6) |
    (wordAt(shown, 28) ^ digest.word7)
  return difference === 0
}

/** Four bytes of a text that has one byte in each character, the lowest first. */
function wordAt(text: string, at: number): number {
  return (
    text.charCodeAt(at) |
    (text.charCodeAt(at + 1) << 8) |
    (text.charCodeAt(at + 2) << 16) |
    (text.charCodeAt(at + 3) << 24)
  )
}
