import { type Clock, SecretError } from '@rekey/secret'

/** How long something may take, and what ends it early. */
export interface Limit {
  readonly clock: Clock
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** A limit whose time runs, for everything that is begun under it. */
export interface RunningLimit {
  /** Aborted when the time is over, when the limit's own signal is, and at the end. */
  readonly signal: AbortSignal
  /**
   * Ends the wait for `work` with the limit, even where the work ignores its signal.
   *
   * @throws {SecretError} `unreachable` when the time is over, or the reason of the limit's signal
   */
  race<T>(work: Promise<T>): Promise<T>
  end(): void
}

/** Shared, because making the default reason of an abort is expensive. */
const OVER = new Error('the time for this is over')

/** Starts the time of a limit. One for many reads costs one timer. */
export function startLimit({ clock, timeoutMs, signal }: Limit): RunningLimit {
  signal.throwIfAborted()
  const own = new AbortController()
  const abort = () => {
    own.abort(signal.reason)
  }
  signal.addEventListener('abort', abort, { once: true })
  const tooLate = clock.sleep(timeoutMs, own.signal).then(() => {
    own.abort(OVER)
    throw new SecretError('unreachable', 'no answer in time: check that the far side is up')
  })
  // Nobody may be waiting when the limit ends.
  tooLate.catch(() => undefined)
  return {
    signal: own.signal,
    race: (work) => Promise.race([work, tooLate]),
    end() {
      signal.removeEventListener('abort', abort)
      own.abort(OVER)
    },
  }
}

/** Does one thing under a limit of its own. @throws as {@link RunningLimit.race} */
export async function within<T>(
  limit: Limit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const running = startLimit(limit)
  try {
    return await running.race(work(running.signal))
  } finally {
    running.end()
  }
}
