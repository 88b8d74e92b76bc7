import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileError, MADE } from './file-errors.ts'
import { removeLeftovers } from './leftovers.ts'

const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW, O_RDONLY, O_DIRECTORY } = constants
/** For the user of the process alone. */
const PRIVATE = 0o600

/**
 * Replaces a file in one step: a reader gets all of the old text or all of the new, also after a crash of the machine. The draft of a process
 * that was killed is removed by a later write in the same directory.
 *
 * @throws {SecretError} `forbidden`, `missing` (its directory), `unwritable` or `unreachable`
 */
export async function replaceFile(path: string, text: string, mode = PRIVATE): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`
  await removeLeftovers(dirname(path))
  try {
    await writeNewFile(draft, text, mode)
    await rename(draft, path)
    await syncDirectory(dirname(path))
  } catch (error) {
    // The first error is the one that says why.
    await rm(draft, { force: true }).catch(() => undefined)
    throw fileError(error, path, MADE)
  }
}

/** Writes a file that does not exist yet, through to the disk, or leaves none. Errors are those of the system. */
export async function writeNewFile(
  path: string,
  text: string | Uint8Array,
  mode = PRIVATE,
): Promise<void> {
  const file = await open(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, mode)
  try {
    await file.writeFile(text)
    await file.chmod(mode)
    await file.sync()
  } catch (error) {
    // A part of a file would pass for the file.
    await rm(path, { force: true }).catch(() => undefined)
    throw error
  } finally {
    await file.close()
  }
}

/** Writes the names in a directory through to the disk. Errors are those of the system. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, O_RDONLY | O_DIRECTORY)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
