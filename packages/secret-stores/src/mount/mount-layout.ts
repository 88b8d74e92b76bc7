import { lstat, readlink, realpath } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { SecretError } from '@rekey/secret'
import { errnoOf, fileError, ifMissing } from '@rekey/secret/files'

/** Where the files of a mounted directory really lie. */
export interface MountLayout {
  /** The directory that has `..data`; without one, the mounted directory itself. Links resolved. */
  readonly root: string
  /** The mounted directory below `..data`, for a volume whose keys have folders; empty for the volume itself. */
  readonly within: string
}

/** The link that the kubelet swaps (Kubernetes, `pkg/volume/util/atomic_writer.go`). */
const DATA = '..data'

/**
 * Finds the volume that `directory` is, or is a folder of.
 *
 * @throws {SecretError} `missing`, `forbidden`, or `malformed` if it is no directory
 */
export async function findLayout(directory: string): Promise<MountLayout> {
  await checkDirectory(directory)
  for (
    let candidate = directory;
    candidate !== dirname(candidate);
    candidate = dirname(candidate)
  ) {
    if ((await readGeneration(candidate)) !== undefined) {
      const within = relative(candidate, directory)
      const isFolderOfIt = within === '' || (await leadsThroughData(candidate, within))
      if (isFolderOfIt) return { root: await realpath(candidate), within }
    }
  }
  return { root: await realpath(directory), within: '' }
}

/** The target of `..data` in `root`: a name that is never used twice. `undefined` without such a link. */
export async function readGeneration(root: string): Promise<string | undefined> {
  try {
    return await readlink(join(root, DATA))
  } catch (error) {
    const isNoLink = ['ENOENT', 'EINVAL', 'ENOTDIR'].includes(errnoOf(error) ?? '')
    if (isNoLink) return undefined
    throw fileError(error, root)
  }
}

/** The folder that holds the files of one generation. */
export function generationFolder({ root, within }: MountLayout, generation: string): string {
  return join(root, generation, within)
}

async function leadsThroughData(root: string, within: string): Promise<boolean> {
  const [first = ''] = within.split('/')
  const link = join(root, first)
  if (!(await lstat(link).catch(ifMissing))?.isSymbolicLink()) return false
  return (await readlink(link)).startsWith(`${DATA}/`)
}

async function checkDirectory(directory: string): Promise<void> {
  try {
    const real = await realpath(directory)
    if ((await lstat(real)).isDirectory()) return
  } catch (error) {
    throw fileError(error, directory)
  }
  throw new SecretError(
    'malformed',
    `${directory} is not a directory: name the one that is mounted`,
  )
}
