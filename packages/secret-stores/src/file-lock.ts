import { randomBytes } from 'node:crypto'
import { link, open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { jitteredMs, SecretError } from '@rekey/secret'
import { errnoOf, ifMissing, isGone, newLockContent, parseLockHolder } from '@rekey/secret/files'

/** A lock that is held. */
export interface FileLock {
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
export async function takeFileLock(path: string): Promise<FileLock> {
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
  const isOwn = async () => (await readFile(path, 'utf8').catch(ifMissing)) === content
  return {
    isOwn,
    async release() {
      if (await isOwn()) await unlink(path).catch(ifMissing)
    },
  }
}

async function readHolder(path: string) {
  const content = await readFile(path, 'utf8').catch(ifMissing)
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
  const taken = await readFile(aside, 'utf8').catch(ifMissing)
  if (taken === undefined) return
  if (taken !== stale) await link(aside, path).catch(ifExists)
  await unlink(aside).catch(ifMissing)
}

function ifExists(error: unknown): undefined {
  if (errnoOf(error) !== 'EEXIST') throw error
}
