import { randomBytes } from 'node:crypto'
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { pid as ownPid } from 'node:process'
import { SecretError } from '@rekey/secret'
import { errnoOf, ifMissing } from './file-errors.ts'

/** Locks held by this process, so that one left by an earlier process with the same id is told apart. */
const held = new Set<string>()

/**
 * Takes the lock file `path` for as long as the process lives, or until the function it answers with is called. The lock
 * of a process that is gone is taken over.
 *
 * @throws {SecretError} `conflict` with the holder's process id if another writer holds it
 */
export async function takeWriterLock(path: string): Promise<() => Promise<void>> {
  const content = `${ownPid} ${hostname()} ${randomBytes(9).toString('base64url')}\n`
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
      if (holder !== undefined) await takeAway(path, holder)
    }
  } finally {
    await unlink(ticket)
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

/** Moves a left lock aside, and back again if it turns out to be no longer the one that was left. */
async function takeAway(path: string, holder: string): Promise<void> {
  const [pid = '', host = ''] = holder.trim().split(' ')
  if (isHeld(holder, Number(pid), host)) {
    throw new SecretError(
      'conflict',
      `another writer has this log open, process ${pid} on ${host}: stop it, or remove ${path} if it is gone`,
      { path, pid: Number(pid), host },
    )
  }
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  await rename(path, aside).catch(ifMissing)
  const taken = await readFile(aside, 'utf8').catch(ifMissing)
  if (taken === undefined) return
  if (taken !== holder) await tryLink(aside, path)
  await unlink(aside)
}

function isHeld(holder: string, pid: number, host: string): boolean {
  if (host !== hostname()) return true
  return pid === ownPid ? held.has(holder) : isRunning(pid)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, as another user
    return errnoOf(error) === 'EPERM'
  }
}
