import { SecretError } from '@rekey/secret'
import { checkCount, foldSubtrees, HASH_BYTES, leafHash, nodeHash } from './merkle-hash.ts'
import type { NodeStore, TreeNode } from './node-store.ts'
import {
  consistencyRanges,
  inclusionRanges,
  type LeafRange,
  perfectSubtrees,
} from './tree-shape.ts'

/** How many leaves a tree has, and its root hash. */
export interface TreeHead {
  readonly size: number
  readonly root: Uint8Array
}

/** An append-only Merkle tree over the nodes of a store. */
export interface MerkleTree {
  /** The tree as this process has last appended to it, or opened it. */
  readonly head: TreeHead
  /**
   * Appends entries, all or none, after those of earlier calls.
   *
   * @returns the head of the tree with them
   * @throws {SecretError} `conflict` if another writer has appended: open the tree again; errors of the store
   */
  append(entries: readonly Uint8Array[]): Promise<TreeHead>
  /**
   * Reads the root hash of the tree when it had `size` leaves.
   *
   * @throws {SecretError} `missing` if it has fewer; errors of the store
   */
  rootAt(size: number): Promise<Uint8Array>
  /**
   * Proves that leaf `index` is in the tree of the first `size` leaves. Reads O(log size) nodes.
   *
   * @throws {SecretError} `missing` if there is no such leaf or tree; errors of the store
   */
  inclusionProof(of: { readonly index: number; readonly size: number }): Promise<Uint8Array[]>
  /**
   * Proves that the tree of the first `size` leaves begins with the tree of the first `before`. Reads O(log size) nodes.
   *
   * @throws {SecretError} `missing` if there is no such tree; errors of the store
   */
  consistencyProof(of: { readonly before: number; readonly size: number }): Promise<Uint8Array[]>
}

/**
 * Opens the Merkle tree of RFC 9162, section 2.1, whose nodes are in `store`. One writer at a time; a second one gets `conflict`.
 *
 * @throws {SecretError} `malformed` if the store returns what no tree has; errors of the store
 * @example
 * ```ts
 * const tree = await openMerkleTree(createMemoryNodeStore())
 * const { size, root } = await tree.append([Buffer.from('first entry')])
 * const proof = await tree.inclusionProof({ index: 0, size })
 * verifyInclusion({ leaf: leafHash(Buffer.from('first entry')), index: 0, size, root, proof })
 * ```
 */
export async function openMerkleTree(store: NodeStore): Promise<MerkleTree> {
  const size = await store.size()
  checkCount('the size of the stored tree', size)
  const places = perfectSubtrees({ start: 0, end: size })
  const hashes = await readHashes(store, [{ start: 0, end: size }])
  const peaks = hashes.flat().map((hash, at) => ({ level: places[at]?.level ?? 0, hash }))
  return new StoredTree(store, { size, peaks })
}

/** A perfect subtree at the right end of a tree. */
interface Peak {
  readonly level: number
  readonly hash: Uint8Array
}

/** The compact form of a tree: its perfect subtrees, the largest first. */
interface CompactTree {
  readonly size: number
  readonly peaks: readonly Peak[]
}

class StoredTree implements MerkleTree {
  readonly #store: NodeStore
  #compact: CompactTree
  #appended: Promise<unknown> = Promise.resolve()

  constructor(store: NodeStore, compact: CompactTree) {
    this.#store = store
    this.#compact = compact
  }

  get head(): TreeHead {
    const { size, peaks } = this.#compact
    return { size, root: foldSubtrees(peaks.map(({ hash }) => hash)) }
  }

  append(entries: readonly Uint8Array[]): Promise<TreeHead> {
    const leaves = entries.map(leafHash)
    const appended = this.#appended.then(async () => {
      const { nodes, compact } = grow(this.#compact, leaves)
      if (nodes.length > 0) await this.#store.append(nodes)
      this.#compact = compact
      return this.head
    })
    this.#appended = appended.catch(() => undefined)
    return appended
  }

  async rootAt(size: number): Promise<Uint8Array> {
    this.#checkSize(size)
    const [hashes = []] = await readHashes(this.#store, [{ start: 0, end: size }])
    return foldSubtrees(hashes)
  }

  async inclusionProof({ index, size }: { index: number; size: number }): Promise<Uint8Array[]> {
    this.#checkSize(size)
    checkCount('the index', index)
    if (index >= size) {
      const message = `leaf ${index} is not in the tree of ${size} leaves: ask for one below its size`
      throw new SecretError('missing', message, { index, size })
    }
    return this.#prove(inclusionRanges(index, size))
  }

  async consistencyProof({
    before,
    size,
  }: {
    before: number
    size: number
  }): Promise<Uint8Array[]> {
    this.#checkSize(size)
    checkCount('the size before', before)
    if (before > size) {
      const message = `the tree of ${size} leaves is smaller than ${before}: ask for a later one`
      throw new SecretError('missing', message, { before, size })
    }
    return before === 0 ? [] : this.#prove(consistencyRanges(before, size))
  }

  async #prove(ranges: readonly LeafRange[]): Promise<Uint8Array[]> {
    return (await readHashes(this.#store, ranges)).map(foldSubtrees)
  }

  #checkSize(size: number): void {
    checkCount('the size', size)
    if (size <= this.#compact.size) return
    const message = `the tree has ${this.#compact.size} leaves, not ${size}: ask for one no larger`
    throw new SecretError('missing', message, { size })
  }
}

/** Adds leaves, and lists the perfect subtrees that they complete. */
function grow(tree: CompactTree, leaves: readonly Uint8Array[]) {
  const nodes: TreeNode[] = []
  const peaks = [...tree.peaks]
  let { size } = tree
  for (const leaf of leaves) {
    let peak: Peak = { level: 0, hash: leaf }
    nodes.push({ ...peak, index: size })
    for (let left = peaks.at(-1); left?.level === peak.level; left = peaks.at(-1)) {
      peaks.pop()
      peak = { level: peak.level + 1, hash: nodeHash(left.hash, peak.hash) }
      nodes.push({ ...peak, index: Math.floor(size / 2 ** peak.level) })
    }
    peaks.push(peak)
    size += 1
  }
  return { nodes, compact: { size, peaks } }
}

/**
 * Reads the proof that leaf `index` is in the tree of the first `size` leaves, by one call of the store.
 *
 * @returns undefined where the store has no such leaf or tree, or not all of its nodes
 * @throws {SecretError} errors of the store
 */
export function readInclusionProof(
  store: NodeStore,
  { index, size }: { readonly index: number; readonly size: number },
): Promise<Uint8Array[] | undefined> {
  const isPlace = Number.isSafeInteger(index) && index >= 0 && index < size
  return isPlace ? readProof(store, inclusionRanges(index, size), size) : nothing()
}

/** Reads a consistency proof, as {@link readInclusionProof} reads one of inclusion. */
export function readConsistencyProof(
  store: NodeStore,
  { before, size }: { readonly before: number; readonly size: number },
): Promise<Uint8Array[] | undefined> {
  const isGrowth = Number.isSafeInteger(before) && before > 0 && before <= size
  return isGrowth ? readProof(store, consistencyRanges(before, size), size) : nothing()
}

const nothing = () => Promise.resolve(undefined)

/** The last leaf of the tree is read as well: a store that has it has the tree. */
async function readProof(
  store: NodeStore,
  ranges: readonly LeafRange[],
  size: number,
): Promise<Uint8Array[] | undefined> {
  if (!Number.isSafeInteger(size)) return undefined
  try {
    const hashes = await readHashes(store, [...ranges, { start: size - 1, end: size }])
    return hashes.slice(0, -1).map(foldSubtrees)
  } catch (error) {
    if (error instanceof SecretError && error.code === 'missing') return undefined
    throw error
  }
}

/** Reads the perfect subtrees of each range, all by one call. */
async function readHashes(store: NodeStore, ranges: readonly LeafRange[]): Promise<Uint8Array[][]> {
  const subtrees = ranges.map(perfectSubtrees)
  const places = subtrees.flat()
  const hashes = places.length === 0 ? [] : await store.read(places)
  if (hashes.length !== places.length || hashes.some(({ length }) => length !== HASH_BYTES)) {
    const message = `the store returned other than ${places.length} hashes of ${HASH_BYTES} bytes: check what it holds`
    throw new SecretError('malformed', message, { nodes: places.length })
  }
  let at = 0
  return subtrees.map(({ length }) => hashes.slice(at, (at += length)))
}
