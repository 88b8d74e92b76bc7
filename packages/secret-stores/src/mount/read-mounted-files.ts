import { readdir, realpath } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { type FileOrigin, SecretError } from '@rekey/secret'
import { fileError } from '@rekey/secret/files'
import { readSmallFile } from '../read-text-file.ts'

/** A file as it was, or why it cannot be read. */
export type MountedFile = SmallBytes | SecretError

/** The bytes of a file and when they were last written (milliseconds since the epoch). */
interface SmallBytes {
  readonly bytes: Buffer
  readonly writtenAtMs: number
  readonly origin: FileOrigin
}

/** Where the files are and how far they may reach. */
export interface FolderRead {
  readonly folder: string
  /** The directory, links resolved, that no symbolic link may lead out of. */
  readonly root: string
  readonly maxBytes: number
}

/** Reads these files, one by one. A name that is not there is not in the answer. */
export async function readFiles(
  names: readonly string[],
  read: FolderRead,
): Promise<Map<string, MountedFile>> {
  const files = await Promise.all(
    names.map(async (name) => [name, await readInside(name, read)] as const),
  )
  return new Map(files.flatMap(([name, file]) => (file === undefined ? [] : [[name, file]])))
}

/**
 * The names of all files in a folder and its folders, `nested/KEY` too. What begins with `..` is the kubelet's own
 * (Kubernetes, `pkg/volume/util/atomic_writer.go`), never a key.
 */
export async function listFiles({ folder }: FolderRead): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      throw fileError(error, folder)
    },
  )
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(relative(folder, entry.parentPath), entry.name))
    .filter((name) => !name.split(sep).some((part) => part.startsWith('..')))
    .sort()
}

async function readInside(
  name: string,
  { folder, root, maxBytes }: FolderRead,
): Promise<MountedFile | undefined> {
  try {
    const path = await realpath(join(folder, name))
    if (!path.startsWith(root + sep)) return leadsOut(name, folder)
    const { bytes, stat, origin } = await readSmallFile(path, maxBytes)
    return { bytes, writtenAtMs: stat.mtimeMs, origin }
  } catch (error) {
    const problem = fileError(error, join(folder, name))
    if (!(problem instanceof SecretError)) throw error
    return problem.code === 'missing' ? undefined : problem
  }
}

/** Reading what such a link names let one secret of pydantic-settings show any file of the machine: GHSA-4xgf-cpjx-pc3j. */
function leadsOut(name: string, folder: string): SecretError {
  const message = `${name} in ${folder} is a symbolic link out of the mount: put a file there`
  return new SecretError('refused', message, { reason: 'link-out' })
}
