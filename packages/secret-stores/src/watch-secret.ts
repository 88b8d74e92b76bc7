import { SecretError, type StagedSecret } from '@rekey/secret'

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
export interface WatchOptions {
  readonly read: () => Promise<StagedSecret>
  /** The revision that the caller already has; without it, what is there when the watch begins. */
  readonly since: string | undefined
  readonly wakeup: Wakeup
  /** Waits until a write in place is likely to be complete. */
  readonly settle?: () => Promise<void>
  readonly signal: AbortSignal
}

/**
 * Yields after each change of the revision. What cannot be read is passed over and the old value stays: it is the reader's
 * `read` that reports it.
 */
export function watchSecret(options: WatchOptions): AsyncIterable<StagedSecret> {
  const { since, read } = options
  const start = since === undefined ? revisionNow(read) : Promise.resolve(since)
  return changesSince(start, options)
}

async function* changesSince(
  start: Promise<string | undefined>,
  { read, wakeup, settle, signal }: WatchOptions,
): AsyncGenerator<StagedSecret> {
  let seen = await start
  while (!signal.aborted) {
    const staged = await readIfSound(read)
    if (staged === undefined || staged.revision === seen) {
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
