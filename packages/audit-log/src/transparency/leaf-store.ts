import { type FileHandle, open } from 'node:fs/promises'
import { SecretError } from '@rekey/secret'
import { fileError } from '@rekey/secret/internal/files'
import { HASH_BYTES, nodeHash } from './merkle-hash.ts'
import type { NodeStore, TreeNode } from './node-store.ts'

/** The hashes of the leaves of a log that was read, in 32 bytes each, in their order. */
export interface LeafStore extends NodeStore, AsyncDisposable {
  /** Whether a leaf is in it. The first call makes an index, of 8 to 16 bytes for each leaf. */
  has(leaf: Uint8Array): boolean
  /** Removes the leaves from `size` on. */
  truncate(size: number): Promise<void>
}

const FIRST_BYTES = 64 * HASH_BYTES

/**
 * Opens the leaves that an auditor has read. With a path they outlive the process, so that the next audit reads new entries only;
 * the end of a write that was cut is left out. One process at a time.
 *
 * @throws {SecretError} `missing`, `forbidden`, `unreachable` for the file
 * @example
 * ```ts
 * await using leaves = await openLeafStore()
 * const tree = await openMerkleTree(leaves)
 * await tree.append([Buffer.from('first entry')])
 * leaves.has(leafHash(Buffer.from('first entry'))) // true
 * ```
 */
export async function openLeafStore(path?: string): Promise<LeafStore> {
  if (path === undefined) return new Leaves(undefined, Buffer.alloc(0))
  try {
    const file = await open(path, 'a+', 0o600)
    const bytes = await file.readFile()
    const whole = bytes.length - (bytes.length % HASH_BYTES)
    if (whole < bytes.length) await file.truncate(whole)
    return new Leaves(file, bytes.subarray(0, whole))
  } catch (error) {
    throw fileError(error, path)
  }
}

class Leaves implements LeafStore {
  readonly #file: FileHandle | undefined
  #bytes: Buffer
  #used: number
  #index: Uint32Array | undefined

  constructor(file: FileHandle | undefined, bytes: Buffer) {
    this.#file = file
    this.#bytes = bytes
    this.#used = bytes.length
  }

  size(): Promise<number> {
    return Promise.resolve(this.#count)
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a missing node rejects
  async read(places: Parameters<NodeStore['read']>[0]): Promise<Uint8Array[]> {
    return places.map(({ level, index }) => {
      if ((index + 1) * 2 ** level <= this.#count) return this.#subtree(level, index)
      const message = `node ${index} of level ${level} is not stored: ask for a tree that was read`
      throw new SecretError('missing', message, { level, index })
    })
  }

  async append(nodes: readonly TreeNode[]): Promise<void> {
    const leaves = nodes.filter(({ level }) => level === 0).map(({ hash }) => hash)
    const added = Buffer.concat(leaves)
    await this.#file?.appendFile(added)
    await this.#file?.datasync()
    this.#reserve(this.#used + added.length)
    added.copy(this.#bytes, this.#used)
    this.#used += added.length
    this.#index = undefined
  }

  has(leaf: Uint8Array): boolean {
    const wanted = Buffer.from(leaf)
    const index = (this.#index ??= this.#makeIndex())
    for (let at = slotOf(wanted, index.length); ; at = (at + 1) % index.length) {
      const place = index[at]
      if (place === undefined || place === 0) return false
      if (wanted.equals(this.#leaf(place - 1))) return true
    }
  }

  async truncate(size: number): Promise<void> {
    this.#used = Math.min(this.#used, size * HASH_BYTES)
    this.#index = undefined
    await this.#file?.truncate(this.#used)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close()
  }

  get #count(): number {
    return this.#used / HASH_BYTES
  }

  #leaf(index: number): Buffer {
    return this.#bytes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)
  }

  /** Computed from the leaves: once for each peak of the tree, when it is opened. */
  #subtree(level: number, index: number): Uint8Array {
    if (level === 0) return Uint8Array.from(this.#leaf(index))
    return nodeHash(this.#subtree(level - 1, 2 * index), this.#subtree(level - 1, 2 * index + 1))
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#bytes.length) return
    const larger = Buffer.alloc(Math.max(bytes, 2 * this.#bytes.length, FIRST_BYTES))
    this.#bytes.copy(larger, 0, 0, this.#used)
    this.#bytes = larger
  }

  /** An open-addressing table of places, counted from 1; at most half full. */
  #makeIndex(): Uint32Array {
    const index = new Uint32Array(2 ** Math.ceil(Math.log2(2 * this.#count + 2)))
    for (let place = 1; place <= this.#count; place += 1) {
      let at = slotOf(this.#leaf(place - 1), index.length)
      while (index[at] !== 0) at = (at + 1) % index.length
      index[at] = place
    }
    return index
  }
}

/** Leaves are hashes, so their first bytes are spread. */
function slotOf(leaf: Buffer, slots: number): number {
  return leaf.readUInt32LE(0) % slots
}
