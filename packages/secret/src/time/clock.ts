import { uptime } from 'node:os'

/** The clocks of a machine, each in milliseconds. */
interface MachineClocks {
  readonly wall: () => number
  /** Cannot be set, and stands still while the machine is suspended (CLOCK_MONOTONIC). */
  readonly monotonic: () => number
  /** Cannot be set, and goes on while the machine is suspended (CLOCK_BOOTTIME). */
  readonly uptime: () => number
}

/** More than two readings of the clocks, one after the other, ever differ by. */
const TOLERANCE_MS = 100

const MACHINE: MachineClocks = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  // On Linux CLOCK_BOOTTIME (libuv, `uv_uptime`), in steps of 10 ms.
  uptime: () => uptime() * 1_000,
}

/**
 * Makes `Clock.elapsed`, for who asks at every use of a secret. Only the uptime counts a suspension, but it costs a system call
 * and a file; so it is asked only when the wall clock has moved against the monotonic one: by a suspension, or by being set.
 */
export function createElapsed(clocks: MachineClocks = MACHINE): () => number {
  let wallAhead = clocks.wall() - clocks.monotonic()
  let uptimeAhead = clocks.uptime() - clocks.monotonic()
  return () => {
    const monotonic = clocks.monotonic()
    const ahead = clocks.wall() - monotonic
    if (Math.abs(ahead - wallAhead) > TOLERANCE_MS) {
      wallAhead = ahead
      uptimeAhead = Math.max(uptimeAhead, clocks.uptime() - monotonic)
    }
    return monotonic + uptimeAhead
  }
}

/** Time, so that tests can own it. */
export interface Clock {
  /** Milliseconds since the epoch, from the wall clock. */
  now(): number
  /**
   * Milliseconds since some moment, for measuring how long something took or has left. Setting the wall clock does not move
   * it, and it goes on while the machine is suspended, which the timers do not.
   */
  elapsed(): number
  /**
   * Resolves after `delayMs`, of any length, or rejects with the signal's reason. Does not keep the process alive
   * unless `keepAlive` is set.
   */
  sleep(delayMs: number, signal?: AbortSignal, options?: { keepAlive?: boolean }): Promise<void>
}

/** setTimeout fires at once above this (Node.js documentation, `timers.setTimeout`), so longer waits are chained. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: createElapsed(),
  async sleep(delayMs, signal, options) {
    let leftMs = delayMs
    do {
      const stepMs = Math.min(leftMs, MAX_TIMER_MS)
      await sleepOnce(stepMs, signal, options?.keepAlive ?? false)
      leftMs -= stepMs
    } while (leftMs > 0)
  },
}

function sleepOnce(delayMs: number, signal: AbortSignal | undefined, keepAlive: boolean) {
  return new Promise<void>((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error)
      return
    }
    const abort = () => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, delayMs)
    if (!keepAlive) timer.unref()
    signal?.addEventListener('abort', abort, { once: true })
  })
}
