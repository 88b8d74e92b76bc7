import { access, constants, statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { errnoOf, fileError } from './file-errors.ts'

/**
 * Describes why this process could write no file in a directory: its mode or owner, a read-only file system, a full disk. Writes nothing. Of
 * a directory that does not exist yet, it asks the nearest one above, in which it would be made.
 *
 * @returns undefined where nothing stands against it
 */
export async function describeUnwritable(directory: string): Promise<string | undefined> {
  const path = resolve(directory)
  try {
    await access(path, constants.W_OK | constants.X_OK)
    const { bavail, blocks } = await statfs(path)
    // A file system without blocks, as of a kernel, has no free ones either.
    if (blocks > 0 && bavail === 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
    return undefined
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' && dirname(path) !== path) {
      return describeUnwritable(dirname(path))
    }
    return (fileError(error, path) as Error).message
  }
}
