import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Files that a step of this package makes and removes, of names that no other step makes again: drafts of files, tickets of locks. */
const LEFTOVER = /\.[0-9a-f]{12}\.(?:tmp|ticket)$/
/** No such step takes this long. */
const AGE_MS = 60_000

const lookedAt = new Map<string, number>()

/**
 * Removes from a directory what processes that were killed in a step of this package have left, from a minute after that on. Looks once
 * a minute, so that many writes read no directory for each. What cannot be removed stays: it hinders no write.
 */
export async function removeLeftovers(directory: string): Promise<void> {
  const nowMs = performance.now()
  if (nowMs - (lookedAt.get(directory) ?? -Infinity) < AGE_MS) return
  lookedAt.set(directory, nowMs)
  const names = await readdir(directory).catch(() => [])
  for (const name of names.filter((each) => LEFTOVER.test(each))) {
    const path = join(directory, name)
    const found = await stat(path).catch(() => undefined)
    if (found === undefined || Date.now() - found.mtimeMs < AGE_MS) continue
    await rm(path, { force: true }).catch(() => undefined)
  }
}
