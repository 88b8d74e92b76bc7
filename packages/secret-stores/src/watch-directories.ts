import { type FSWatcher, watch } from 'node:fs'
import type { Clock } from '@rekey/secret'
import { errnoOf } from '@rekey/secret/file-errors'
import type { Wakeup } from './watch-secret.ts'

/** How {@link watchDirectories} watches. */
export interface DirectoryWatchOptions {
  readonly directories: readonly string[]
  readonly pollMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Notifies `wakeup` after each event in the directories, and every `pollMs`, until the signal aborts. Directories and not
 * files: a watch on a file holds the old inode, and is silent after the first replacement by rename. The poll covers what
 * cannot be watched (no inotify watches left, a directory that is not there yet); each poll tries to watch again.
 */
export function watchDirectories(wakeup: Wakeup, options: DirectoryWatchOptions): void {
  const watchers = new Map<string, FSWatcher>()
  const notify = () => {
    wakeup.notify()
  }
  const arm = () => {
    for (const directory of new Set(options.directories)) {
      if (watchers.has(directory)) continue
      const watcher = tryWatch(directory, notify)
      watcher?.on('error', () => {
        watcher.close()
        watchers.delete(directory)
      })
      if (watcher) watchers.set(directory, watcher)
    }
  }
  arm()
  void poll(options, () => {
    arm()
    notify()
  }).finally(() => {
    for (const watcher of watchers.values()) watcher.close()
  })
}

async function poll({ clock, pollMs, signal }: DirectoryWatchOptions, tick: () => void) {
  try {
    for (;;) {
      await clock.sleep(pollMs, signal)
      tick()
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

function tryWatch(directory: string, notify: () => void): FSWatcher | undefined {
  try {
    return watch(directory, { persistent: false }, notify)
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined
    throw error
  }
}
