import { SecretError } from '@rekey/secret'
import { Wakeup } from '../watch-secret.ts'
import { isThere } from './mount-stages.ts'
import { fingerprint, type MountedFiles } from './read-mount.ts'
import type { MountWatch } from './watch-mount.ts'

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
export type Fingerprints = ReadonlyMap<string, string>

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
