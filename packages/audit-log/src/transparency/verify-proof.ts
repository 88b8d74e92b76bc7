import { SecretError } from '@rekey/secret'
import { checkCount, emptyRoot, HASH_BYTES, nodeHash, sameHash } from './merkle-hash.ts'
import type { TreeHead } from './merkle-tree.ts'

/** No proof in a tree of less than 2^53 leaves has more hashes. */
const MAX_HASHES = 54

/** The claim that a leaf is in a tree. */
export interface InclusionClaim extends TreeHead {
  /** The hash of the leaf, by `leafHash`. */
  readonly leaf: Uint8Array
  readonly index: number
  /** From leaf to root. */
  readonly proof: readonly Uint8Array[]
}

/** The claim that one tree begins with another. */
export interface ConsistencyClaim {
  readonly before: TreeHead
  readonly after: TreeHead
  readonly proof: readonly Uint8Array[]
}

/**
 * Verifies that a leaf is in a tree (RFC 9162, section 2.1.3.2). `size` and `root` are those of a verified checkpoint: together,
 * since trees of other sizes may have the same path to a leaf.
 *
 * @throws {SecretError} `rejected` if the proof does not show it; `malformed` for a number that is no size or index
 */
export function verifyInclusion({ leaf, index, size, root, proof }: InclusionClaim): void {
  checkCount('the index', index)
  checkCount('the size', size)
  if (index < size && areHashes([leaf, root, ...limited(proof)])) {
    const computed = rootFrom(leaf, { index, size, proof })
    if (computed !== undefined && sameHash(computed, root)) return
  }
  const message = `the proof does not show leaf ${index} in the tree of ${size} leaves: ask the log for it again, and report the log if it stays so`
  throw new SecretError('rejected', message, { index, size })
}

/**
 * Verifies that the later tree begins with the earlier one: nothing was changed or removed (RFC 9162, section 2.1.4.2). Every
 * tree begins with the empty one, by an empty proof.
 *
 * @throws {SecretError} `rejected` if the proof does not show it; `malformed` for a number that is no size
 */
export function verifyConsistency(claim: ConsistencyClaim): void {
  if (isConsistent(claim)) return
  const [before, size] = [claim.before.size, claim.after.size]
  const message = `the proof does not show that the tree of ${size} leaves begins with that of ${before}: ask the log for it again, and report the log if it stays so`
  throw new SecretError('rejected', message, { before, size })
}

/** {@link verifyConsistency} as a question. */
export function isConsistent({ before, after, proof }: ConsistencyClaim): boolean {
  checkCount('the size before', before.size)
  checkCount('the size', after.size)
  if (!areHashes([before.root, after.root, ...limited(proof)])) return false
  if (before.size > after.size) return false
  if (before.size === 0 && !sameHash(before.root, emptyRoot())) return false
  if (before.size === after.size) return proof.length === 0 && sameHash(before.root, after.root)
  if (before.size === 0) return proof.length === 0
  const roots = rootsFrom({ before, after, proof })
  return (
    roots !== undefined && sameHash(roots.before, before.root) && sameHash(roots.after, after.root)
  )
}

interface PathToRoot {
  readonly index: number
  readonly size: number
  readonly proof: readonly Uint8Array[]
}

/** Computes the root that the path leads to; undefined if the path is too long or too short. */
function rootFrom(leaf: Uint8Array, { index, size, proof }: PathToRoot): Uint8Array | undefined {
  let [node, last, hash] = [index, size - 1, leaf]
  for (const sibling of proof) {
    if (last === 0) return undefined
    if (isOdd(node) || node === last) {
      hash = nodeHash(sibling, hash)
      // A node without a sibling on its right is its own parent.
      while (!isOdd(node) && node > 0) [node, last] = [half(node), half(last)]
    } else {
      hash = nodeHash(hash, sibling)
    }
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0 ? hash : undefined
}

/** Computes both roots that the proof leads to; undefined if it is too long or too short. */
function rootsFrom({ before, after, proof }: ConsistencyClaim) {
  let [node, last] = [before.size - 1, after.size - 1]
  while (isOdd(node)) [node, last] = [half(node), half(last)]
  // Zero: the earlier tree is a perfect subtree of the later one, so the proof leaves its hash out.
  const [first, ...rest] = node === 0 ? [before.root, ...proof] : proof
  if (first === undefined) return undefined
  let roots = { before: first, after: first }
  for (const hash of rest) {
    if (last === 0) return undefined
    if (isOdd(node) || node === last) {
      roots = { before: nodeHash(hash, roots.before), after: nodeHash(hash, roots.after) }
      while (!isOdd(node) && node > 0) [node, last] = [half(node), half(last)]
    } else {
      roots = { before: roots.before, after: nodeHash(roots.after, hash) }
    }
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0 ? roots : undefined
}

// Sizes exceed the 32 bits of bitwise operators.
const isOdd = (count: number) => count % 2 === 1
const half = (count: number) => Math.floor(count / 2)

function limited(proof: readonly Uint8Array[]): readonly Uint8Array[] {
  return proof.length <= MAX_HASHES ? proof : [new Uint8Array()]
}

function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash instanceof Uint8Array && hash.length === HASH_BYTES)
}
