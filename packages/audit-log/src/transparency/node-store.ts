import { SecretError } from '@rekey/secret'
import type { NodePlace } from './tree-shape.ts'

/** The hash of a perfect subtree, with its place. */
export interface TreeNode extends NodePlace {
  readonly hash: Uint8Array
}

/** Where the hashes of perfect subtrees are kept. Nothing is changed or removed once it is stored. */
export interface NodeStore {
  /** Counts the leaves: the nodes of level 0. */
  size(): Promise<number>
  /**
   * Reads nodes; a proof reads all of its nodes by one call.
   *
   * @returns their hashes, in the order of `places`
   * @throws {SecretError} `missing` if one of them is not stored
   */
  read(places: readonly NodePlace[]): Promise<readonly Uint8Array[]>
  /**
   * Stores nodes, all or none. Within its level, each follows the last one.
   *
   * @throws {SecretError} `conflict` if another writer has stored one of them
   */
  append(nodes: readonly TreeNode[]): Promise<void>
}

/**
 * Creates a store of nodes in memory.
 *
 * @example
 * ```ts
 * const store = createMemoryNodeStore()
 * await store.size() // 0
 * ```
 */
export function createMemoryNodeStore(): NodeStore {
  return new MemoryNodeStore()
}

class MemoryNodeStore implements NodeStore {
  readonly #levels: Uint8Array[][] = []

  size(): Promise<number> {
    return Promise.resolve(this.#levels[0]?.length ?? 0)
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a missing node rejects
  async read(places: readonly NodePlace[]): Promise<Uint8Array[]> {
    return places.map(({ level, index }) => {
      const hash = this.#levels[level]?.[index]
      if (hash !== undefined) return Uint8Array.from(hash)
      const message = `node ${index} of level ${level} is not stored: ask for a tree that the store holds`
      throw new SecretError('missing', message, { level, index })
    })
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a conflict rejects
  async append(nodes: readonly TreeNode[]): Promise<void> {
    const next = new Map<number, number>()
    for (const { level, index } of nodes) {
      const expected = next.get(level) ?? this.#levels[level]?.length ?? 0
      if (index !== expected) {
        const message = `node ${index} of level ${level} does not follow the last one, ${expected - 1}: open the tree again`
        throw new SecretError('conflict', message, { level, index })
      }
      next.set(level, index + 1)
    }
    for (const { level, hash } of nodes) (this.#levels[level] ??= []).push(Uint8Array.from(hash))
  }
}
