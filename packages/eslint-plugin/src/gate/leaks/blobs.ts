import { gitWithInput } from '../git.ts'

/** Larger files are not searched. */
export const MAX_MIB = 256

/** One call of git gives out no more than this, beside what a single blob has. */
const BATCH_BYTES = 2 ** 25

/** A version of a file as git keeps it, and its bytes; without them where git does not have it, or it is larger than {@link MAX_MIB}. */
export type ReadBlob = readonly [id: string, bytes: Buffer | undefined]

/** Reads blobs, each once, in calls of git that give out many. */
export async function* readBlobs(root: string, ids: Iterable<string>): AsyncGenerator<ReadBlob> {
  for (const batch of batchesOf(await sizesOf(root, [...new Set(ids)]))) {
    const found = batch.filter(([, size]) => size !== undefined)
    const given = await catFile(root, '--batch', found)
    let at = 0
    for (const [id, size] of batch) {
      if (size === undefined) {
        yield [id, undefined]
        continue
      }
      const start = given.indexOf('\n', at) + 1
      at = start + size + 1
      yield [id, given.subarray(start, start + size)]
    }
  }
}

type Sized = readonly [id: string, size: number | undefined]

async function sizesOf(root: string, ids: readonly string[]): Promise<Sized[]> {
  if (ids.length === 0) return []
  const named = ids.map((id): Sized => [id, undefined])
  const lines = (await catFile(root, '--batch-check', named)).toString().split('\n')
  return ids.map((id, index) => {
    const size = / blob (\d+)$/.exec(lines[index] ?? '')?.[1]
    const isSearched = size !== undefined && Number(size) <= MAX_MIB * 2 ** 20
    return [id, isSearched ? Number(size) : undefined]
  })
}

function* batchesOf(sized: readonly Sized[]): Generator<readonly Sized[]> {
  let batch: Sized[] = []
  let bytes = 0
  for (const each of sized) {
    const [, size = 0] = each
    if (batch.length > 0 && bytes + size > BATCH_BYTES) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(each)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

function catFile(root: string, mode: string, blobs: readonly Sized[]): Promise<Buffer> {
  return gitWithInput(root, blobs.map(([id]) => `${id}\n`).join(''), 'cat-file', mode)
}
