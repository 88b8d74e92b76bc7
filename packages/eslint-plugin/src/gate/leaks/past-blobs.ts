import { extname, join } from 'node:path'
import { readBlobs } from './blobs.ts'
import { type ChangedFile, listPast } from './changed-files.ts'
import { readableCopy, writeReadable } from './readable-copy.ts'

type PastFile = Pick<ChangedFile, 'commit' | 'file'>

/** The files of the history that were written. */
export interface PastBlobs {
  /** The place of each file that was written, by its name there. */
  readonly places: ReadonlyMap<string, PastFile>
  /** Files that git did not give. */
  readonly unread: readonly PastFile[]
}

/**
 * Writes what gitleaks cannot read of the history into `target`: each version of a file that is text in UTF-16 or an archive that gitleaks
 * does not know by its name.
 */
export async function copyPastBlobs(root: string, target: string): Promise<PastBlobs> {
  const past = await placesOfBlobs(root)
  const places = new Map<string, PastFile>()
  const unread: PastFile[] = []
  for await (const [id, bytes] of readBlobs(root, past.keys())) {
    for (const place of past.get(id)?.values() ?? []) {
      if (bytes === undefined) {
        unread.push(place)
        continue
      }
      const copy = readableCopy(place.file, bytes)
      if (copy.name === place.file && copy.encoding === undefined) continue
      const name = `${places.size}/${copy.name}`
      await writeReadable(join(target, name), copy, bytes)
      places.set(name, place)
    }
  }
  return { places, unread }
}

/** By the id of a blob, its first place for each ending of its names: gitleaks knows archives by these. */
async function placesOfBlobs(
  root: string,
): Promise<ReadonlyMap<string, ReadonlyMap<string, PastFile>>> {
  const past = new Map<string, Map<string, PastFile>>()
  for await (const { id, commit, file } of listPast(root)) {
    if (id === undefined) continue
    const places = past.get(id) ?? new Map<string, PastFile>()
    if (!places.has(extname(file))) places.set(extname(file), { commit, file })
    past.set(id, places)
  }
  return past
}
