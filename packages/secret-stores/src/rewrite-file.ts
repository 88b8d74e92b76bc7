import { randomBytes } from 'node:crypto'
import { type FileHandle, open, readdir, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { errnoOf, fileError, ifMissing, syncDirectory } from '@rekey/secret/files'
import { type FileLock, takeFileLock } from './file-lock.ts'
import type { TextFile } from './read-text-file.ts'

/** The edit that {@link rewriteFile} makes. */
export interface FileEdit {
  /** Reads the file; `undefined` if it does not exist. */
  read(): Promise<TextFile | undefined>
  /** The new text; the same text changes nothing. */
  write(old: TextFile | undefined): string
}

const NEW_FILE_MODE = 0o600

/**
 * Reads, changes and replaces a file under a lock, so that no other writer's change is lost and a reader sees the old file
 * or the new one. Mode and owner are kept. Should a lock be taken over while its holder still runs, then the holder finds
 * its temporary file gone (a writer removes all others before it reads) and fails instead of overwriting.
 *
 * @throws {SecretError} `unreachable` for a lock that stays held or was lost, a full disk; `forbidden`; what `edit` throws
 */
export async function rewriteFile(path: string, edit: FileEdit): Promise<void> {
  const lock = await takeFileLock(`${path}.lock`).catch((error: unknown) => {
    throw fileError(error, dirname(path))
  })
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await removeOrphans(path)
    const handle = await open(temporary, 'wx', NEW_FILE_MODE)
    try {
      await checkOwn(lock, path)
      await replace(path, temporary, handle, edit)
    } finally {
      await handle.close()
      await unlink(temporary).catch(ifMissing)
    }
  } catch (error) {
    throw fileError(error, path)
  } finally {
    await lock.release()
  }
}

async function replace(path: string, temporary: string, handle: FileHandle, edit: FileEdit) {
  const old = await edit.read()
  const text = edit.write(old)
  if (text === old?.text) return
  await handle.writeFile(text)
  if (old !== undefined) await keepOwnerAndMode(handle, old)
  await handle.sync()
  await rename(temporary, path).catch((error: unknown) => {
    throw errnoOf(error) === 'ENOENT' ? lostLock(path) : error
  })
  await syncDirectory(dirname(path))
}

async function keepOwnerAndMode(handle: FileHandle, { stat }: TextFile): Promise<void> {
  const { uid, gid } = await handle.stat()
  if (uid !== stat.uid || gid !== stat.gid) await handle.chown(stat.uid, stat.gid)
  await handle.chmod(stat.mode & 0o7777)
}

/** Removes what writers that were killed have left behind, and with it the ticket of one whose lock was taken over. */
async function removeOrphans(path: string): Promise<void> {
  const prefix = `${basename(path)}.`
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(prefix) || !/^[0-9a-f]{12}\.tmp$/.test(name.slice(prefix.length))) continue
    await unlink(join(dirname(path), name)).catch(ifMissing)
  }
}

async function checkOwn(lock: FileLock, path: string): Promise<void> {
  if (!(await lock.isOwn())) throw lostLock(path)
}

function lostLock(path: string): SecretError {
  return new SecretError(
    'unreachable',
    `${path} was not written, another writer took over its lock: read it and try again`,
    { path },
  )
}
