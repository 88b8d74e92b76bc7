import type { Backoff } from '@rekey/secret/internal'
import {
  backoffMs,
  type Clock,
  SecretError,
  type SecretSource,
  type StagedSecret,
  systemClock,
} from '@rekey/secret'
import { checkSecretName } from './stored-stages.ts'

/** Options of {@link createWatchedReads}. */
interface ReadsOptions {
  readonly load: (name: string) => Promise<StagedSecret>
  /** Arranges that `wakeup` is notified when `name` may have changed, until the signal aborts. */
  readonly wakeUp: (wakeup: Wakeup, name: string, signal: AbortSignal) => void
  readonly settle?: () => Promise<void>
  /** The revision that was last read here, by name; a reader by another way keeps it up to date too. */
  readonly handedOut?: Map<string, string>
  readonly clock?: Clock
}

/** When a watch tries again to read, if nothing wakes it before: the event that it missed may have been the only one. */
const RETRY: Backoff = { firstMs: 1_000, longestMs: 60_000 }

/**
 * The `read` and `watch` of a source. A watch begins where the last `read` of that name ended, so that a change between
 * the two is not lost.
 */
export function createWatchedReads(
  options: ReadsOptions,
): Required<Pick<SecretSource, 'read' | 'watch'>> {
  const { handedOut = new Map<string, string>() } = options
  const load = async (name: string) => {
    checkSecretName(name)
    return options.load(name)
  }
  return {
    async read(name, signal) {
      signal?.throwIfAborted()
      const staged = await load(name)
      handedOut.set(name, staged.revision)
      return staged
    },
    watch: (name, signal) => {
      const wakeup = new Wakeup()
      if (!signal.aborted) options.wakeUp(wakeup, name, signal)
      return watchSecret({
        read: () => load(name),
        since: handedOut.get(name),
        wakeup,
        signal,
        ...(options.settle && { settle: options.settle }),
        ...(options.clock && { clock: options.clock }),
      })
    },
  }
}

/** Options of {@link createInstantReads}. */
interface InstantReadsOptions extends Omit<ReadsOptions, 'load' | 'handedOut'> {
  /** Reads one instant, and answers with what looks a name of `names` up in it; that throws what `read` would. */
  readonly readInstant: (
    names: readonly string[],
    signal?: AbortSignal,
  ) => Promise<(name: string) => StagedSecret>
}

/** The `read`, `readAll` and `watch` of a source that can answer for several names out of one instant. */
export function createInstantReads(
  options: InstantReadsOptions,
): Required<Pick<SecretSource, 'read' | 'readAll' | 'watch'>> {
  const { readInstant } = options
  const handedOut = new Map<string, string>()
  const load = async (name: string) => (await readInstant([name]))(name)
  return {
    ...createWatchedReads({ ...options, load, handedOut }),
    async readAll(names, signal) {
      signal?.throwIfAborted()
      const find = await readInstant(names, signal)
      const found = names.map((name) => [name, outcome(name, find)] as const)
      for (const [name, staged] of found) {
        if (!(staged instanceof SecretError)) handedOut.set(name, staged.revision)
      }
      return new Map(found)
    },
  }
}

function outcome(name: string, find: (name: string) => StagedSecret): StagedSecret | SecretError {
  try {
    checkSecretName(name)
    return find(name)
  } catch (error) {
    if (error instanceof SecretError) return error
    throw error
  }
}

/** Wakes a waiting reader, since something may have changed. Calls made while no reader waits are not lost. */
export class Wakeup {
  #due = false
  #wake: (() => void) | undefined

  notify(): void {
    this.#due = true
    this.#wake?.()
  }

  /** Resolves after the next {@link notify}, at once if one came since the last wait, and when the signal aborts. */
  async next(signal: AbortSignal): Promise<void> {
    if (!this.#due && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        signal.addEventListener('abort', this.#stop, { once: true })
      })
      signal.removeEventListener('abort', this.#stop)
    }
    this.#due = false
  }

  readonly #stop = () => this.#wake?.()
}

/** Options of {@link watchSecret}. */
interface WatchOptions {
  readonly read: () => Promise<StagedSecret>
  /** The revision that the caller already has; without it, what is there when the watch begins. */
  readonly since: string | undefined
  readonly wakeup: Wakeup
  /** Waits until a write in place is likely to be complete. */
  readonly settle?: () => Promise<void>
  readonly signal: AbortSignal
  readonly clock?: Clock
}

/**
 * Yields after each change of the revision. What cannot be read is tried again, and the old value stays until then: it is the
 * reader's `read` that reports it.
 */
export function watchSecret(options: WatchOptions): AsyncIterable<StagedSecret> {
  const { since, read } = options
  const start = since === undefined ? revisionNow(read) : Promise.resolve(since)
  return changesSince(start, options)
}

async function* changesSince(
  start: Promise<string | undefined>,
  { read, wakeup, settle, signal, clock = systemClock }: WatchOptions,
): AsyncGenerator<StagedSecret> {
  let seen = await start
  let failures = 0
  while (!signal.aborted) {
    const staged = await readIfSound(read)
    if (staged === undefined) {
      await nextOrLater(wakeup, { clock, signal, laterMs: backoffMs(RETRY, failures) })
      failures += 1
      continue
    }
    failures = 0
    if (staged.revision === seen) {
      await wakeup.next(signal)
      continue
    }
    await settle?.()
    if (settle !== undefined && (await revisionNow(read)) !== staged.revision) continue
    if (isAborted(signal)) return
    seen = staged.revision
    yield staged
  }
}

/** Resolves with the next notification, or when the time is over. */
async function nextOrLater(
  wakeup: Wakeup,
  { clock, signal, laterMs }: { clock: Clock; signal: AbortSignal; laterMs: number },
): Promise<void> {
  const woken = new AbortController()
  const either = AbortSignal.any([signal, woken.signal])
  void clock.sleep(laterMs, either).then(
    () => {
      wakeup.notify()
    },
    () => undefined,
  )
  await wakeup.next(signal)
  woken.abort()
}

const isAborted = (signal: AbortSignal) => signal.aborted

async function revisionNow(read: () => Promise<StagedSecret>): Promise<string | undefined> {
  return (await readIfSound(read))?.revision
}

async function readIfSound(read: () => Promise<StagedSecret>): Promise<StagedSecret | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof SecretError) return undefined
    throw error
  }
}
