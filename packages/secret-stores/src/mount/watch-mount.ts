import { type Clock, SecretError } from '@rekey/secret'
import { watchDirectories } from '../watch-directories.ts'
import { Wakeup } from '../watch-secret.ts'
import { type MountLayout, readGeneration } from './mount-layout.ts'

/** How a mount is watched. */
export interface MountWatchOptions {
  readonly layout: MountLayout
  readonly pollMs: number
  readonly clock: Clock
  /** Ends the watch. */
  readonly signal: AbortSignal
}

/** One watch on a mounted directory, for any number of readers. */
export interface MountWatch {
  /** Notifies `wakeup` when something may have changed, until the signal aborts. */
  join(wakeup: Wakeup, signal: AbortSignal): void
  /** Whether events are to be had. If not, a change is noticed by the poll alone. */
  readonly armed: boolean
}

/**
 * Watches a mounted directory. A rotation makes some five events in a volume of the kubelet; only the move of `..data` counts,
 * so its readers are woken once.
 */
export function watchMount(options: MountWatchOptions): MountWatch {
  const { layout, signal } = options
  const readers = new Set<Wakeup>()
  const stirred = new Wakeup()
  let armed = false
  const onArmed = (now: boolean) => {
    armed = now
  }
  watchDirectories(stirred, { ...options, directories: [layout.root], onArmed })
  void wakeOnMoves(stirred, { root: layout.root, readers, signal })
  return {
    join(wakeup, until) {
      readers.add(wakeup)
      until.addEventListener('abort', () => readers.delete(wakeup), { once: true })
    },
    get armed() {
      return armed
    },
  }
}

async function wakeOnMoves(
  stirred: Wakeup,
  watch: { readonly root: string; readonly readers: Set<Wakeup>; readonly signal: AbortSignal },
): Promise<void> {
  let seen: string | undefined
  for (;;) {
    const now = await readGeneration(watch.root).catch(ifUnreadable)
    const hasMoved = now === undefined || now !== seen
    seen = now
    if (hasMoved) for (const reader of watch.readers) reader.notify()
    await stirred.next(watch.signal)
    if (watch.signal.aborted) return
  }
}

/** Then its readers find out what is wrong, and whether it still is. */
function ifUnreadable(error: unknown): undefined {
  if (!(error instanceof SecretError)) throw error
}
