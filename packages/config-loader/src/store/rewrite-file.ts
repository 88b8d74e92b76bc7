import { randomBytes } from 'node:crypto'
import { type FileHandle, link, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { jitteredMs } from '@rekey/secret/internal'
import { SecretError } from '@rekey/secret'
import {
  errnoOf,
  fileError,
  ifMissing,
  isGone,
  newLockContent,
  parseLockHolder,
  syncDirectory,
  readRegularFile,
} from '@rekey/secret/internal/files'
import type { TextFile } from './read-text-file.ts'
import { setTimeout as sleep } from 'node:timers/promises'

/** The edit that {@link rewriteFile} makes. */
interface FileEdit {
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

/** A lock that is held. */
interface FileLock {
  /** Whether no other process has taken it over. */
  isOwn(): Promise<boolean>
  release(): Promise<void>
}

const WAIT_MS = 5_000
const STALE_MS = 30_000
/** A lock that is still empty after this belongs to a process killed between creating and writing it. */
const UNWRITTEN_MS = 1_000
const LONGEST_PAUSE_MS = 25

/**
 * Takes the lock file `path`, waiting up to 5 s. The lock of a process that is gone, or one older than 30 s, is taken
 * over. Two processes that take over at once could both hold it for a moment: see {@link rewriteFile} for what bars them.
 *
 * @throws {SecretError} `unreachable` with the holder's process id; otherwise the file system's own errors pass through
 */
async function takeFileLock(path: string): Promise<FileLock> {
  const content = newLockContent()
  const deadline = performance.now() + WAIT_MS
  for (;;) {
    if (await tryCreate(path, content)) return heldLock(path, content)
    const holder = await readHolder(path)
    if (holder === undefined) continue
    if (holder.stale) {
      await takeAway(path, holder.content)
    } else if (performance.now() > deadline) {
      throw new SecretError(
        'unreachable',
        `${path} is held by process ${holder.pid}: wait for it, or remove the file if no such process runs`,
        { path, pid: holder.pid },
      )
    } else {
      await sleep(jitteredMs(LONGEST_PAUSE_MS, 0.9))
    }
  }
}

async function tryCreate(path: string, content: string): Promise<boolean> {
  const handle = await open(path, 'wx', 0o600).catch(ifExists)
  if (handle === undefined) return false
  try {
    await handle.writeFile(content)
    return true
  } catch (error) {
    await unlink(path)
    throw error
  } finally {
    await handle.close()
  }
}

function heldLock(path: string, content: string): FileLock {
  const isOwn = async () => (await readRegularFile(path).catch(ifMissing)) === content
  return {
    isOwn,
    async release() {
      if (await isOwn()) await unlink(path).catch(ifMissing)
    },
  }
}

async function readHolder(path: string) {
  const content = await readRegularFile(path).catch(ifMissing)
  const info = await stat(path).catch(ifMissing)
  if (content === undefined || info === undefined) return undefined
  const holder = parseLockHolder(content)
  const maxAgeMs = content === '' ? UNWRITTEN_MS : STALE_MS
  const stale = isGone(holder) || Date.now() - info.mtimeMs > maxAgeMs
  return { content, pid: holder.pid, stale }
}

/** Moves the lock aside, and back again if it turns out to be no longer the stale one. */
async function takeAway(path: string, stale: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  await rename(path, aside).catch(ifMissing)
  const taken = await readRegularFile(aside).catch(ifMissing)
  if (taken === undefined) return
  if (taken !== stale) await link(aside, path).catch(ifExists)
  await unlink(aside).catch(ifMissing)
}

function ifExists(error: unknown): undefined {
  if (errnoOf(error) !== 'EEXIST') throw error
}
