import { randomBytes } from 'node:crypto'
import { link, readFile, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { pid as ownPid } from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { SecretError } from '../errors.ts'
import { errnoOf, ifMissing } from './file-errors.ts'
import { isGone, newLockContent, parseLockHolder } from './lock-holder.ts'

/** Locks held by this process, to distinguish one left by an earlier process with the same id. */
const held = new Set<string>()

/**
 * Takes the lock file `path` for as long as the process lives, or until the function it returns is called. The lock of a process
 * that has ended, or that ran before this machine was started, is taken over.
 *
 * @throws {SecretError} `conflict` with the holder's process id if another process holds it; errors of files are those of the system
 */
export async function takeProcessLock(path: string): Promise<() => Promise<void>> {
  const content = newLockContent()
  held.add(content)
  try {
    await putLock(path, content)
  } catch (error) {
    held.delete(content)
    throw error
  }
  return async () => {
    held.delete(content)
    if ((await readFile(path, 'utf8').catch(ifMissing)) === content) await unlink(path)
  }
}

/** Puts the lock there by a hard link, so that it is never seen without its content. */
async function putLock(path: string, content: string): Promise<void> {
  const ticket = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(ticket, content, { flag: 'wx', mode: 0o600 })
  try {
    while (!(await tryLink(ticket, path))) {
      const holder = await readFile(path, 'utf8').catch(ifMissing)
      if (holder === undefined) continue
      requireGone(path, holder)
      await removeLeft(path, holder, ticket)
    }
  } finally {
    await unlink(ticket)
  }
}

const TAKEOVER_POLL_MS = 10

/**
 * Removes a lock whose holder is gone. One process at a time does this, and looks again while it does: otherwise a slow one
 * would remove the lock that a fast one has just put there.
 */
async function removeLeft(path: string, left: string, ticket: string): Promise<void> {
  const guard = `${path}.takeover`
  if (!(await tryLink(ticket, guard))) {
    const other = await readFile(guard, 'utf8').catch(ifMissing)
    if (other !== undefined && !isHeld(other)) {
      const { pid } = parseLockHolder(other)
      const remedy = `process ${pid} ended while it took over ${path}: remove ${guard}`
      throw new SecretError('conflict', remedy, { path: guard, pid })
    }
    await delay(TAKEOVER_POLL_MS)
    return
  }
  try {
    if ((await readFile(path, 'utf8').catch(ifMissing)) === left) await unlink(path)
  } finally {
    await unlink(guard)
  }
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
  const isOurs = holder.pid === ownPid && holder.host === hostname()
  return isOurs ? held.has(content) : !isGone(holder)
}
