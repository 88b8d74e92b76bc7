import { createHash } from 'node:crypto'
import { SecretError } from '@rekey/secret'

/** Bytes of a SHA-256 hash. */
export const HASH_BYTES = 32

const LEAF = Uint8Array.of(0x00)
const NODE = Uint8Array.of(0x01)

/** Hashes an entry as a leaf: SHA-256 of `0x00` and the entry (RFC 9162, section 2.1.1). */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(LEAF, entry)
}

/** Hashes two subtrees as their parent: SHA-256 of `0x01`, the left hash and the right hash (RFC 9162, section 2.1.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(NODE, left, right)
}

/** The root hash of the tree without leaves: SHA-256 of nothing. */
export function emptyRoot(): Uint8Array {
  return sha256()
}

/** Folds the hashes of neighbouring perfect subtrees, the largest first, into the hash of their range. */
export function foldSubtrees(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 0) return emptyRoot()
  return hashes.reduceRight((right, left) => nodeHash(left, right))
}

export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

/** @throws {SecretError} `malformed` unless it is a number of leaves, from 0 to 2^53 - 1 */
export function checkCount(what: string, count: number): void {
  if (Number.isSafeInteger(count) && count >= 0) return
  throw new SecretError('malformed', `${what} is no whole number from 0 to 2^53 - 1`, { what })
}

// Not a Buffer: those print, compare and serialise in another way than the hashes that a store returns.
function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return Uint8Array.from(hash.digest())
}
