import { uptime } from 'node:os'

/** The clocks of a machine, each in milliseconds. */
export interface MachineClocks {
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
