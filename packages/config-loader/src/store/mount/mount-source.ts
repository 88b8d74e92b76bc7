import { resolve } from 'node:path'
import { type Clock, type SecretSource, systemClock } from '@rekey/secret'
import type { Inspectable } from '../inspectable.ts'
import { formatKey } from '../stored-stages.ts'
import { createInstantReads } from '../watched-reads.ts'
import { describeMount, type MountDescription, mountInspection } from './describe-mount.ts'
import { fingerprintsIfSound, type MountChange, mountChanges, watchMount } from './watch-mount.ts'
import { findLayout, readMount } from './read-mount.ts'
import { stageFiles, stagesIn, type TrailingNewline } from './mount-stages.ts'

/** Options of {@link openMountSource}. */
export interface MountSourceOptions {
  /** Where the Secret is mounted, or a folder in it. */
  readonly directory: string
  /** How often it is examined even without an event. Default 5 s. */
  readonly pollMs?: number
  /** The largest file that is read. Default 64 KiB; Kubernetes allows 1 MiB for a whole Secret. */
  readonly maxBytes?: number
  /**
   * `strip` (default): one newline at the end of a file is not part of the value, as with `NAME_FILE` and as in the Kubernetes
   * store. `keep`: every byte is.
   */
  readonly trailingNewline?: TrailingNewline
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/** Secrets in a mounted directory; `readAll` answers out of one instant. Disposing it ends its watches. */
export type MountSource = SecretSource &
  Required<Pick<SecretSource, 'readAll' | 'watch'>> &
  Required<Omit<Inspectable, 'lacks'>> &
  AsyncDisposable & {
    /** The changes of each rotation since it was opened, for the directory as a whole: one event each. */
    changes(signal: AbortSignal): AsyncIterable<MountChange>
    /** See {@link describeMount}. */
    describe(names?: readonly string[]): Promise<MountDescription>
  }

const DEFAULTS = { pollMs: 5_000, maxBytes: 64 * 1024, trailingNewline: 'strip' } as const

/**
 * Opens a mounted directory whose files are `NAME`, `NAME__PENDING` and `NAME__PREVIOUS`: a Kubernetes Secret or a projected
 * volume of several, Docker's `/run/secrets`, a CSI volume. What is read is always of one instant, see `readMount`.
 *
 * @throws {SecretError} `missing`, `forbidden`, or `malformed` if it is no directory
 *
 * @example
 * ```ts
 * await using source = await openMountSource({ directory: '/run/secrets' })
 * ```
 */
export async function openMountSource(options: MountSourceOptions): Promise<MountSource> {
  const settings = { ...DEFAULTS, clock: systemClock, ...options }
  const directory = resolve(options.directory)
  const layout = await findLayout(directory)
  const closing = new AbortController()
  const watch = watchMount({ ...settings, layout, signal: closing.signal })
  const read = { ...settings, layout }
  const readEverything = () => readMount(read)
  const since = await fingerprintsIfSound(readEverything)
  const about = { ...settings, directory }
  const untilClosed = (signal: AbortSignal) => AbortSignal.any([signal, closing.signal])
  const reads = createInstantReads({
    clock: settings.clock,
    async readInstant(names, signal) {
      const wanted = names.flatMap((name) => [...stageFiles(name), formatKey(name)])
      const files = await readMount({ ...read, signal }, wanted)
      return (name) => stagesIn(files, name, about)
    },
    wakeUp: (wakeup, _name, signal) => {
      watch.join(wakeup, signal)
    },
  })
  return {
    locator: `mount:${directory}`,
    ...reads,
    watch: (name, signal) => reads.watch(name, untilClosed(signal)),
    changes: (signal) =>
      mountChanges(watch, { since, read: readEverything, signal: untilClosed(signal) }),
    describe: (names) => describeMount(directory, names),
    ...mountInspection(directory, settings.pollMs, { watch, read: readEverything }),
    [Symbol.asyncDispose]() {
      closing.abort()
      return Promise.resolve()
    },
  }
}
