import { type Clock, type SecretSource, SingleFlights, type StagedSecret } from '@rekey/secret'
import { unlessAborted } from './unless-aborted.ts'
import { createWatchedReads, type Wakeup } from './watched-reads.ts'

/** The reads of a store, and the way to notify them of a write of its own. */
export interface PolledReads extends Required<Pick<SecretSource, 'read' | 'watch'>> {
  changed(name: string): void
}

/** Creates the `read` and `watch` of a store that cannot notify: a watch looks again after each `waitMs`. */
export function createPolledReads({
  load,
  waitMs,
  clock,
  closing,
}: {
  readonly load: (name: string) => Promise<StagedSecret>
  readonly waitMs: (name: string) => number
  readonly clock: Clock
  readonly closing: AbortSignal
}): PolledReads {
  const flights = new SingleFlights<string, StagedSecret>()
  const wakeups = new Set<Wakeup>()
  const reads = createWatchedReads({
    clock,
    load: (name) => flights.join(name, () => load(name)),
    wakeUp(wakeup, name, signal) {
      wakeups.add(wakeup)
      void wakeRepeatedly(wakeup, () => clock.sleep(waitMs(name), signal), signal).finally(() =>
        wakeups.delete(wakeup),
      )
    },
  })
  return {
    read: (name, signal) => unlessAborted(reads.read(name, signal), signal),
    watch: (name, signal) => reads.watch(name, AbortSignal.any([signal, closing])),
    changed(name) {
      flights.leave(name)
      for (const wakeup of wakeups) wakeup.notify()
    },
  }
}

async function wakeRepeatedly(
  wakeup: Wakeup,
  pause: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (;;) {
      await pause()
      wakeup.notify()
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
