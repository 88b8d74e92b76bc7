import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createMemoryNodeStore,
  openMerkleTree,
  verifyConsistency,
  verifyInclusion,
  type NodeStore,
  emptyRoot,
  leafHash,
} from './index.ts'
import { type MerkleTree, nodeHash, type NodePlace } from './internal.ts'

const MAX = 64

const entry = (index: number) => Buffer.from(`entry ${index}`)

async function treeOf(entries: readonly Uint8Array[], store = createMemoryNodeStore()) {
  const tree = await openMerkleTree(store)
  await tree.append(entries)
  return tree
}

const tree = await treeOf(Array.from({ length: 300 }, (_, index) => entry(index)))

/** The recursive definition of RFC 9162, section 2.1.1. */
function rootBy(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves
  if (first === undefined) return emptyRoot()
  if (leaves.length === 1) return first
  const middle = splitOf(leaves.length)
  return nodeHash(rootBy(leaves.slice(0, middle)), rootBy(leaves.slice(middle)))
}

/** Whether each step from the root to a leaf goes right. */
function turnsTo(index: number, size: number): boolean[] {
  if (size === 1) return []
  const middle = splitOf(size)
  const isRight = index >= middle
  return [isRight, ...(isRight ? turnsTo(index - middle, size - middle) : turnsTo(index, middle))]
}

function splitOf(count: number): number {
  let middle = 1
  while (middle * 2 < count) middle *= 2
  return middle
}

async function inclusionIn(tree: MerkleTree, index: number, size: number) {
  const proof = await tree.inclusionProof({ index, size })
  return { leaf: leafHash(entry(index)), index, size, root: await tree.rootAt(size), proof }
}

async function consistencyIn(tree: MerkleTree, before: number, size: number) {
  return {
    before: { size: before, root: await tree.rootAt(before) },
    after: { size, root: await tree.rootAt(size) },
    proof: await tree.consistencyProof({ before, size }),
  }
}

const refused = (reason: 'rejected' | 'malformed' = 'rejected') =>
  expect.objectContaining({ name: 'SecretError', code: reason }) as Error

/** All proofs that differ from `proof` by one bit, one hash less or one hash more. */
function* damaged(proof: readonly Uint8Array[]): Generator<readonly Uint8Array[]> {
  for (const [at, hash] of proof.entries()) {
    for (let bit = 0; bit < hash.length * 8; bit += 1) yield proof.with(at, flipped(hash, bit))
    yield proof.toSpliced(at, 1)
    yield proof.toSpliced(at, 0, hash)
    yield proof.with(at, hash.subarray(1))
  }
  yield [...proof, leafHash(entry(0))]
}

function flipped(hash: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(hash)
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}

describe('the test tree of certificate-transparency', () => {
  const hex = (text: string) => Buffer.from(text, 'hex')
  const ENTRIES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657'].map(hex)
  ENTRIES.push(hex('606162636465666768696a6b6c6d6e6f'))
  const ROOTS = [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ]
  const hexOf = (hashes: readonly Uint8Array[]) =>
    hashes.map((hash) => Buffer.from(hash).toString('hex'))

  it('has the known root hash at each size, appended at once or one by one', async () => {
    const whole = await treeOf(ENTRIES)
    const grown = await openMerkleTree(createMemoryNodeStore())
    const roots = [grown.head.root]
    for (const one of ENTRIES) roots.push((await grown.append([one])).root)
    expect(hexOf(roots)).toEqual(ROOTS)
    expect(hexOf(await Promise.all(ROOTS.map((_, size) => whole.rootAt(size))))).toEqual(ROOTS)
  })

  it.each([
    [
      0,
      8,
      [
        '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
      ],
    ],
    [
      5,
      8,
      [
        'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
        'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
        'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      ],
    ],
    [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  ])('has the known proof that leaf %i is in the tree of %i', async (index, size, proof) => {
    const known = await treeOf(ENTRIES)
    expect(hexOf(await known.inclusionProof({ index, size }))).toEqual(proof)
  })

  it.each([
    [
      1,
      8,
      [
        '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
      ],
    ],
    [
      6,
      8,
      [
        '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
        'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
        'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      ],
    ],
    [
      2,
      5,
      [
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      ],
    ],
  ])('has the known proof that it grew from %i to %i leaves', async (before, size, proof) => {
    const known = await treeOf(ENTRIES)
    expect(hexOf(await known.consistencyProof({ before, size }))).toEqual(proof)
  })
})

describe('an inclusion proof', () => {
  it('verifies for every leaf of every tree up to 64, whose roots are those of the definition', async () => {
    for (let size = 1; size <= MAX; size += 1) {
      const leaves = Array.from({ length: size }, (_, index) => leafHash(entry(index)))
      expect(await tree.rootAt(size)).toEqual(rootBy(leaves))
      for (let index = 0; index < size; index += 1) {
        verifyInclusion(await inclusionIn(tree, index, size))
      }
    }
  })

  it('is refused after a change of any bit, and with a hash less or more', async () => {
    for (const [index, size] of [
      [0, 1],
      [0, 7],
      [6, 7],
      [5, 8],
      [63, 64],
      [64, 65],
    ] as const) {
      const claim = await inclusionIn(tree, index, size)
      for (const proof of damaged(claim.proof)) {
        expect(() => {
          verifyInclusion({ ...claim, proof })
        }).toThrow(refused())
      }
      for (let bit = 0; bit < 256; bit += 1) {
        const [leaf, root] = [flipped(claim.leaf, bit), flipped(claim.root, bit)]
        expect(() => {
          verifyInclusion({ ...claim, leaf })
        }).toThrow(refused())
        expect(() => {
          verifyInclusion({ ...claim, root })
        }).toThrow(refused())
      }
    }
  })

  it('is refused at another index, and at another size unless the path there has the same turns', async () => {
    for (let size = 1; size <= 20; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const claim = await inclusionIn(tree, index, size)
        for (let other = 0; other <= 20; other += 1) {
          if (other !== index) {
            expect(() => {
              verifyInclusion({ ...claim, index: other })
            }).toThrow(refused())
          }
          const isSamePath =
            index < other && turnsTo(index, size).join() === turnsTo(index, other).join()
          const verifyAtOther = () => {
            verifyInclusion({ ...claim, size: other })
          }
          if (isSamePath) verifyAtOther()
          else expect(verifyAtOther).toThrow(refused())
        }
      }
    }
  })

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('has no index or size of %d', async (count) => {
    const claim = await inclusionIn(tree, 3, 7)
    expect(() => {
      verifyInclusion({ ...claim, index: count })
    }).toThrow(refused('malformed'))
    expect(() => {
      verifyInclusion({ ...claim, size: count })
    }).toThrow(refused('malformed'))
  })

  it('of ten million hashes is refused without hashing them', async () => {
    const claim = await inclusionIn(tree, 3, 7)
    const proof = new Array<Uint8Array>(10_000_000)
    expect(() => {
      verifyInclusion({ ...claim, proof })
    }).toThrow(refused())
  })
})

describe('a consistency proof', () => {
  it('verifies for all pairs of sizes up to 64, and is empty from 0 and between equal sizes', async () => {
    for (let size = 0; size <= MAX; size += 1) {
      for (let before = 0; before <= size; before += 1) {
        const claim = await consistencyIn(tree, before, size)
        verifyConsistency(claim)
        expect(claim.proof.length === 0).toBe(before === 0 || before === size)
      }
    }
  })

  it('is refused after a change of any bit, with a hash less or more, and between other roots', async () => {
    for (const [from, size] of [
      [0, 5],
      [1, 2],
      [3, 7],
      [4, 8],
      [6, 8],
      [7, 7],
      [33, 64],
    ] as const) {
      const claim = await consistencyIn(tree, from, size)
      const { before, after } = claim
      for (const proof of damaged(claim.proof)) {
        expect(() => {
          verifyConsistency({ ...claim, proof })
        }).toThrow(refused())
      }
      for (let bit = 0; bit < 256; bit += 1) {
        const early = { ...before, root: flipped(before.root, bit) }
        const late = { ...after, root: flipped(after.root, bit) }
        expect(() => {
          verifyConsistency({ ...claim, before: early })
        }).toThrow(refused())
        // The empty tree is the start of every other.
        if (from > 0) {
          expect(() => {
            verifyConsistency({ ...claim, after: late })
          }).toThrow(refused())
        }
      }
    }
  })

  it('is refused between sizes whose proofs are longer or shorter', async () => {
    const MOST = 12
    const pairs = Array.from({ length: MOST * MOST }, (_, at) => [
      1 + (at % MOST),
      1 + Math.floor(at / MOST),
    ]).filter(([before = 0, size = 0]) => before < size)
    const claims = await Promise.all(
      pairs.map(([before = 0, size = 0]) => consistencyIn(tree, before, size)),
    )
    for (const { before, after, proof } of claims) {
      for (const other of claims.filter((claim) => claim.proof.length !== proof.length)) {
        const resized = {
          before: { ...before, size: other.before.size },
          after: { ...after, size: other.after.size },
          proof,
        }
        expect(() => {
          verifyConsistency(resized)
        }).toThrow(refused())
      }
    }
  })

  it('is refused from the greater to the smaller tree', async () => {
    const { before, after, proof } = await consistencyIn(tree, 3, 7)
    expect(() => {
      verifyConsistency({ before: after, after: before, proof })
    }).toThrow(refused())
  })
})

/** Trees of equal leaves: all perfect subtrees of one level are the same, so none must be stored. */
function createEndlessStore(size: number): NodeStore & { readonly asked: NodePlace[] } {
  const levels = [leafHash(entry(0))]
  const hashAt = (level: number): Uint8Array => {
    const below = level === 0 ? undefined : hashAt(level - 1)
    return (levels[level] ??= nodeHash(below ?? emptyRoot(), below ?? emptyRoot()))
  }
  const asked: NodePlace[] = []
  return {
    asked,
    size: () => Promise.resolve(size),
    read(places) {
      asked.push(...places)
      return Promise.resolve(places.map(({ level }) => hashAt(level)))
    },
    append: () => Promise.reject(new Error('full')),
  }
}

describe('a great tree', () => {
  const sizes = fc
    .tuple(fc.integer({ min: 1, max: 53 }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([bits, part]) => Math.max(1, Math.floor(part * (2 ** bits - 1))))

  it('proves inclusion and growth at any size below 2^53, and reads two nodes for each level at most', async () => {
    const all = Number.MAX_SAFE_INTEGER
    const store = createEndlessStore(all)
    const great = await openMerkleTree(store)
    const rounds = fc.asyncProperty(sizes, sizes, async (one, other) => {
      const [before, size] = [Math.min(one, other), Math.max(one, other)]
      const limit = 2 * Math.ceil(Math.log2(size) + 1)
      const root = await great.rootAt(size)
      store.asked.length = 0
      const proof = await great.inclusionProof({ index: before - 1, size })
      expect(store.asked.length).toBeLessThanOrEqual(limit)
      verifyInclusion({ leaf: leafHash(entry(0)), index: before - 1, size, root, proof })
      const heads = {
        before: { size: before, root: await great.rootAt(before) },
        after: { size, root },
      }
      store.asked.length = 0
      const growth = await great.consistencyProof({ before, size })
      expect(store.asked.length).toBeLessThanOrEqual(limit)
      verifyConsistency({ ...heads, proof: growth })
    })
    await fc.assert(rounds, {
      numRuns: 300,
      examples: [
        [all, all - 1],
        [2 ** 52, all],
        [1, 2 ** 49 + 1],
      ],
    })
  })
})

describe('an open tree', () => {
  it('goes on where another process ended', async () => {
    const store = createMemoryNodeStore()
    for (let size = 0; size < 40; size += 1) await treeOf([entry(size)], store)
    expect((await openMerkleTree(store)).head).toEqual({ size: 40, root: await tree.rootAt(40) })
  })

  it('appends in the order of the calls', async () => {
    const several = await openMerkleTree(createMemoryNodeStore())
    await Promise.all([0, 1, 2, 3, 4].map((index) => several.append([entry(index)])))
    expect(several.head).toEqual({ size: 5, root: await tree.rootAt(5) })
  })

  it('is not changed by an append that its store refused, and goes on after it', async () => {
    const store = createMemoryNodeStore()
    let isDown = true
    const append: NodeStore['append'] = (nodes) =>
      isDown ? Promise.reject(new Error('down')) : store.append(nodes)
    const flaky = await openMerkleTree({ ...bound(store), append })
    await expect(flaky.append([entry(0)])).rejects.toThrow('down')
    expect(flaky.head).toEqual({ size: 0, root: emptyRoot() })
    isDown = false
    expect(await flaky.append([entry(0)])).toEqual({ size: 1, root: leafHash(entry(0)) })
  })

  it('refuses to append behind the back of another writer', async () => {
    const store = createMemoryNodeStore()
    const [one, other] = [await openMerkleTree(store), await openMerkleTree(store)]
    await one.append([entry(0)])
    await expect(other.append([entry(1)])).rejects.toMatchObject({ code: 'conflict' })
    expect(await store.size()).toBe(1)
  })

  it('has no proofs of what it does not hold', async () => {
    const missing = { code: 'missing' }
    await expect(tree.rootAt(301)).rejects.toMatchObject(missing)
    await expect(tree.inclusionProof({ index: 5, size: 5 })).rejects.toMatchObject(missing)
    await expect(tree.inclusionProof({ index: 5, size: 301 })).rejects.toMatchObject(missing)
    await expect(tree.consistencyProof({ before: 6, size: 5 })).rejects.toMatchObject(missing)
    await expect(tree.rootAt(0.5)).rejects.toMatchObject({ code: 'malformed' })
  })

  it('refuses a store that returns other than whole hashes', async () => {
    const store = createMemoryNodeStore()
    await treeOf([entry(0), entry(1), entry(2)], store)
    const cut = { ...bound(store), read: () => Promise.resolve([leafHash(entry(0)).subarray(1)]) }
    await expect(openMerkleTree(cut)).rejects.toMatchObject({ code: 'malformed' })
    const lost = { ...bound(store), size: () => Promise.resolve(4) }
    await expect(openMerkleTree(lost)).rejects.toMatchObject({ code: 'missing' })
  })
})

function bound(store: NodeStore): NodeStore {
  return {
    size: () => store.size(),
    read: (places) => store.read(places),
    append: (nodes) => store.append(nodes),
  }
}
