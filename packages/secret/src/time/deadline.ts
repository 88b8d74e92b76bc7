import { setMaxListeners } from 'node:events'
import { SecretError } from '../errors.ts'
import { type Clock, systemClock } from './clock.ts'

/** How long a wait may take, and what it is for. */
export interface Deadline {
  /** The awaited event, as a noun phrase of public words: `an answer of the store vault:secret/vpn`. */
  readonly what: string
  /** In milliseconds. */
  readonly limitMs: number
  /** Ends the wait early. */
  readonly signal?: AbortSignal | undefined
  /** Default: the machine's own. */
  readonly clock?: Clock
  /** Whether the process stays alive for the wait. Default false. */
  readonly keepAlive?: boolean
}

/** A deadline whose time runs, for everything that is begun under it. */
export interface RunningDeadline {
  /** Aborts when the time is over, when the deadline's own signal aborts, and at the end. */
  readonly signal: AbortSignal
  /**
   * Ends the wait for `work` with the deadline, even where the work ignores its signal.
   *
   * @throws {SecretError} `unreachable` with `reason: 'timeout'` when the time is over; the reason of the deadline's signal
   */
  race<T>(work: Promise<T>): Promise<T>
  end(): void
}

/** One wait that has not ended. */
export interface PendingWait {
  readonly what: string
  readonly sinceMs: number
  readonly limitMs: number
}

interface Pending {
  readonly what: string
  readonly limitMs: number
  readonly clock: Clock
  readonly startedAt: number
}

const pending = new Set<Pending>()

/** Shared, because making the default reason of an abort is expensive. */
const ENDED = new Error('the wait has ended')

/**
 * Lists what this process waits for under a deadline, the longest wait first, so that a process that stands still can report
 * the cause.
 */
export function pendingWaits(): PendingWait[] {
  return [...pending]
    .map(({ what, limitMs, clock, startedAt }) => ({
      what,
      limitMs,
      sinceMs: Math.round(clock.elapsed() - startedAt),
    }))
    .sort((a, b) => b.sinceMs - a.sinceMs)
}

/**
 * Starts the time of a deadline. One for many waits costs one timer.
 *
 * `AbortSignal.timeout` is no substitute: a signal that `AbortSignal.any` makes of it never aborts once the garbage collector
 * has taken the timeout (Node.js 20.20, measured in the test beside this file).
 */
export function startDeadline(deadline: Deadline): RunningDeadline {
  const { what, limitMs, signal, clock = systemClock, keepAlive = false } = deadline
  signal?.throwIfAborted()
  const own = new AbortController()
  // Any number of requests may be under way under one deadline.
  setMaxListeners(0, own.signal)
  const wait: Pending = { what, limitMs, clock, startedAt: clock.elapsed() }
  pending.add(wait)
  let fail: (reason: unknown) => void = () => undefined
  const over = new Promise<never>((_resolve, reject) => {
    fail = reject
  })
  // Nothing may be waiting when the deadline ends.
  over.catch(() => undefined)
  const abort = (reason: unknown) => {
    own.abort(reason)
    fail(reason)
  }
  const cancel = () => {
    abort(signal?.reason)
  }
  if (signal !== undefined) setMaxListeners(0, signal)
  signal?.addEventListener('abort', cancel, { once: true })
  runOut(limitMs, clock, own.signal, keepAlive).then(
    () => {
      abort(tooLate(what, limitMs))
    },
    () => undefined,
  )
  return {
    signal: own.signal,
    race: (work) => Promise.race([work, over]),
    end() {
      pending.delete(wait)
      signal?.removeEventListener('abort', cancel)
      own.abort(ENDED)
    },
  }
}

/** A timer that fires so much later than planned fired in a process that stood still. */
const STOOD_STILL_MS = 1_000
/** The time such a process then has for the answers that lie unread: its timers come before them. */
const READING_MS = 2_000

async function runOut(
  limitMs: number,
  clock: Clock,
  signal: AbortSignal,
  keepAlive: boolean,
): Promise<void> {
  for (let leftMs = limitMs; ; leftMs = Math.min(limitMs, READING_MS)) {
    const end = clock.elapsed() + leftMs
    await clock.sleep(leftMs, signal, { keepAlive })
    if (clock.elapsed() - end < STOOD_STILL_MS) return
  }
}

/**
 * Does one thing under a deadline. An answer that came in time, and was not read because the process stood still, is taken.
 *
 * @example
 * const answer = await within({ what: 'an answer of the provider', limitMs: 5_000 }, (signal) => fetch(url, { signal }))
 *
 * @throws {SecretError} as `RunningDeadline.race`
 */
export async function within<T>(
  deadline: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const running = startDeadline(deadline)
  try {
    return await running.race(work(running.signal))
  } finally {
    running.end()
  }
}

function tooLate(what: string, limitMs: number): SecretError {
  const message = `timed out after ${inWords(limitMs)} waiting for ${what}: check that the other side is up`
  return new SecretError('unreachable', message, { reason: 'timeout', waitedFor: what, limitMs })
}

/** A duration for people: `250 ms`, `9.5 s`. */
export function inWords(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`
}
