import { type FSWatcher, statSync, watch } from 'node:fs'
import type { Clock } from '@rekey/secret'
import { errnoOf } from '@rekey/secret/internal/files'
import type { Wakeup } from './watched-reads.ts'

/** Options of {@link watchDirectories}. */
export interface DirectoryWatchOptions {
  readonly directories: readonly string[]
  readonly pollMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Whether events of a file, by its name, are passed over. Default: of none. */
  readonly passesOver?: (name: string) => boolean
  /** Called with whether events can be had from all directories; while they cannot, only the poll notices changes. */
  readonly onArmed?: (armed: boolean) => void
}

interface Watched {
  readonly watcher: FSWatcher
  readonly identity: string | undefined
}

/**
 * Notifies `wakeup` after each event in the directories, and every `pollMs`, until the signal aborts. Directories and not
 * files: a watch on a file holds the old inode, and is silent after the first replacement by rename. The poll covers what
 * cannot be watched (no inotify watches left, a directory that is not there yet); each poll tries to watch again, also a
 * directory that was removed and made anew.
 */
export function watchDirectories(wakeup: Wakeup, options: DirectoryWatchOptions): void {
  const { directories, onArmed, signal, passesOver = () => false } = options
  const watched = new Map<string, Watched>()
  const wanted = new Set(directories)
  const notify = (name?: string | null) => {
    if (typeof name !== 'string' || !passesOver(name)) wakeup.notify()
  }
  const drop = (directory: string) => {
    watched.get(directory)?.watcher.close()
    watched.delete(directory)
    onArmed?.(false)
  }
  const arm = () => {
    for (const directory of wanted) {
      const identity = identityOf(directory)
      const held = watched.get(directory)
      if (held && held.identity !== identity) drop(directory)
      if (watched.has(directory)) continue
      const watcher = tryWatch(directory, notify)
      watcher?.on('error', () => {
        drop(directory)
      })
      if (watcher) watched.set(directory, { watcher, identity })
    }
    onArmed?.(watched.size === wanted.size)
  }
  if (signal.aborted) return
  arm()
  void poll(options, () => {
    arm()
    notify()
  }).finally(() => {
    for (const { watcher } of watched.values()) watcher.close()
  })
}

/** Inode numbers are used again, so the time of birth goes with them. */
function identityOf(directory: string): string | undefined {
  try {
    const { dev, ino, birthtimeMs } = statSync(directory)
    return [dev, ino, birthtimeMs].join(':')
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined
    throw error
  }
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

function tryWatch(directory: string, notify: (name: string | null) => void) {
  try {
    return watch(directory, { persistent: false }, (_event, name) => {
      notify(name)
    })
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined
    throw error
  }
}
