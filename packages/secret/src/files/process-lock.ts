import { readRegularFile } from './read-regular-file.ts'
import { createHash, randomBytes } from 'node:crypto'
import { link, readdir, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { SecretError } from '../errors.ts'
import { errnoOf, fileError, ifMissing } from './file-errors.ts'
import { removeLeftovers } from './leftovers.ts'
import { isGone, newLockContent, parseLockHolder } from './lock-holder.ts'

/** Locks held by this process, to distinguish one left by an earlier process with the same id. */
const held = new Set<string>()

/** Options of {@link takeProcessLock}. */
export interface ProcessLockOptions {
  /**
   * The age, by the clock of the file system, from which the lock of another machine is taken over: for locks that are held for moments. Default: never,
   * since of another machine nothing is certain.
   */
  readonly abandonedAfterMs?: number
}

/**
 * Takes the lock file `path` for as long as the process lives, or until the function it returns is called. The lock of a process
 * that has ended, or that ran before this machine was started, is taken over.
 *
 * @throws {SecretError} `conflict` with the holder's process id if another process holds it; errors of files are those of the system
 */
export async function takeProcessLock(
  path: string,
  { abandonedAfterMs = Infinity }: ProcessLockOptions = {},
): Promise<() => Promise<void>> {
  const content = newLockContent()
  held.add(content)
  const release = async () => {
    try {
      if ((await readRegularFile(path).catch(ifMissing)) === content) await unlink(path)
    } catch (error) {
      throw fileError(error, path)
    } finally {
      // Held until it is gone: what others of this process take for left, they remove as well, and then perhaps that of the next.
      held.delete(content)
    }
  }
  try {
    await putLock(path, content, abandonedAfterMs)
    return release
  } catch (error) {
    // It may be there, and this process goes on.
    await release().catch(() => undefined)
    throw error
  }
}

/** Puts the lock there by a hard link, so that it is never seen without its content. */
async function putLock(path: string, content: string, abandonedAfterMs: number): Promise<void> {
  await removeLeftovers(dirname(path))
  const ticket = besides(path, 'ticket')
  try {
    await writeFile(ticket, content, { flag: 'wx', mode: 0o600 })
    while (!(await tryLink(ticket, path))) {
      const holder = await readRegularFile(path).catch(ifMissing)
      if (holder !== undefined) await removeLeft({ path, left: holder, ticket, abandonedAfterMs })
    }
    await removeTakeovers(path)
  } finally {
    await rm(ticket, { force: true })
  }
}

/** A lock that another process has left, and the ticket of the one that removes it. */
interface LeftLock {
  readonly path: string
  readonly left: string
  readonly ticket: string
  readonly abandonedAfterMs: number
}

/**
 * Removes a lock whose holder is gone. Each content has one remover at a time, named by a link: otherwise a slow process would remove
 * the lock that a fast one has just put there. A remover that was killed has a remover of its own.
 *
 * @throws {SecretError} `conflict` if the holder or a remover still runs, or may run on another machine
 */
async function removeLeft(lock: LeftLock): Promise<void> {
  const { path, left, ticket } = lock
  let [file, last] = [path, left]
  for (;;) {
    if (!(await isAbandoned(file, lock))) requireGone(path, last)
    const remover = besides(path, 'takeover', last)
    if (await tryLink(ticket, remover)) {
      try {
        // Once it is removed it never comes back, since no two contents are alike.
        if ((await readRegularFile(path).catch(ifMissing)) === left) await unlink(path)
      } finally {
        await rm(remover, { force: true })
      }
      return
    }
    const other = await readRegularFile(remover).catch(ifMissing)
    if (other === undefined) return
    file = remover
    last = other
  }
}

/**
 * Removes the takeovers of earlier holders, which only the holder of the lock may do: as long as a lock that was left is there, each of
 * them, however old, keeps all but one from removing it.
 */
async function removeTakeovers(path: string): Promise<void> {
  const directory = dirname(path)
  const names = await readdir(directory).catch(() => [])
  const isTakeover = (name: string) =>
    name.startsWith(`${basename(path)}.`) && name.endsWith('.takeover')
  for (const name of names.filter(isTakeover)) {
    await rm(join(directory, name), { force: true }).catch(() => undefined)
  }
}

/** A file beside a lock. */
function besides(path: string, kind: 'ticket' | 'takeover', of: string | Buffer = randomBytes(6)) {
  return `${path}.${createHash('sha256').update(of).digest('hex').slice(0, 12)}.${kind}`
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Whether a lock or its remover is of another machine, and older than the ticket by that time. */
async function isAbandoned(
  file: string,
  { ticket, abandonedAfterMs }: Pick<LeftLock, 'ticket' | 'abandonedAfterMs'>,
): Promise<boolean> {
  if (abandonedAfterMs === Infinity) return false
  const [own, other] = await Promise.all([stat(ticket), stat(file).catch(ifMissing)])
  if (other === undefined) return false
  const { host } = parseLockHolder(await readRegularFile(file).catch(() => ''))
  return host !== hostname() && own.mtimeMs - other.mtimeMs > abandonedAfterMs
}

/** @throws {SecretError} `conflict` if the holder still runs, or may run on another machine */
function requireGone(path: string, holder: string): void {
  if (!isHeld(holder)) return
  const { pid, host } = parseLockHolder(holder)
  throw new SecretError(
    'conflict',
    `process ${pid} on ${host} holds ${path}: wait for it or stop it, or remove the file if it is gone`,
    { path, pid, host },
  )
}

function isHeld(content: string): boolean {
  const holder = parseLockHolder(content)
  const isOurs = holder.pid === process.pid && holder.host === hostname()
  return isOurs ? held.has(content) : !isGone(holder)
}
