import { type Clock, SecretError } from '@rekey/secret'
import { watchDirectories } from '../watch-directories.ts'
import { Wakeup } from '../watched-reads.ts'
import { fingerprint, type MountedFiles, type MountLayout, readGeneration } from './read-mount.ts'
import { isThere } from './mount-stages.ts'

/** How a mount is watched. */
interface MountWatchOptions {
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

/**
 * The changes of one rotation in a mounted directory: file names, `nested/KEY` too, never a value. An emptied file is
 * removed.
 */
export interface MountChange {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
}

/** The content of each file as digests, which reveal nothing of it. */
type Fingerprints = ReadonlyMap<string, string>

/** Yields once for each rotation after `since` that changes anything, and ends with the signal. */
export function mountChanges(
  watch: MountWatch,
  options: {
    readonly since: Fingerprints | undefined
    readonly read: () => Promise<MountedFiles>
    readonly signal: AbortSignal
  },
): AsyncIterable<MountChange> {
  const wakeup = new Wakeup()
  if (!options.signal.aborted) watch.join(wakeup, options.signal)
  return changesSince({ ...options, wakeup })
}

async function* changesSince({
  since,
  read,
  wakeup,
  signal,
}: Parameters<typeof mountChanges>[1] & { readonly wakeup: Wakeup }): AsyncGenerator<MountChange> {
  let seen = since
  while (!signal.aborted) {
    const now = await fingerprintsIfSound(read)
    const change = seen && now && difference(seen, now)
    seen = now ?? seen
    if (change) yield change
    else await wakeup.next(signal)
  }
}

/** The fingerprints of what is there; `undefined` while it cannot be read. */
export async function fingerprintsIfSound(
  read: () => Promise<MountedFiles>,
): Promise<Fingerprints | undefined> {
  try {
    const files = Array.from(await read()).filter(([, file]) => isThere(file))
    return new Map(files.map(([name, file]) => [name, fingerprint(file)]))
  } catch (error) {
    if (error instanceof SecretError) return undefined
    throw error
  }
}

function difference(before: Fingerprints, after: Fingerprints): MountChange | undefined {
  const change = {
    added: [...after.keys()].filter((name) => !before.has(name)),
    changed: [...after.keys()].filter((name) => isChanged(name, before, after)),
    removed: [...before.keys()].filter((name) => !after.has(name)),
  }
  return Object.values(change).some((names) => names.length > 0) ? change : undefined
}

function isChanged(name: string, before: Fingerprints, after: Fingerprints): boolean {
  return before.has(name) && before.get(name) !== after.get(name)
}
