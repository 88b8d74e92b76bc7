import { type Clock, type SecretSource, SingleFlights, type StagedSecret } from '@rekey/secret'
import { stagedSecret } from '../stored-stages.ts'
import { unlessAborted } from '../unless-aborted.ts'
import type { Wakeup } from '../watch-secret.ts'
import { createWatchedReads } from '../watched-reads.ts'
import type { AwsReader } from './aws-reader.ts'
import { nextLookMs } from './next-look.ts'

/** Options of {@link createAwsReads}. */
export interface AwsReadsOptions {
  readonly reader: AwsReader
  readonly idOf: (name: string) => string
  readonly clock: Clock
  readonly random: () => number
  readonly ttlMs: number
  readonly closing: AbortSignal
}

/** The reads of the store, and the way to notify them of a write of its own. */
export interface AwsReads extends Required<Pick<SecretSource, 'read' | 'watch'>> {
  changed(name: string): void
}

/** Creates the `read` and `watch` of the store. */
export function createAwsReads(options: AwsReadsOptions): AwsReads {
  const { reader, idOf, clock, random, ttlMs, closing } = options
  const flights = new SingleFlights<string, StagedSecret>()
  const wakeups = new Set<Wakeup>()
  const rotations = new Map<string, number | undefined>()
  const load = async (name: string) => {
    const { stages, nextRotationAt } = await reader.read(idOf(name))
    rotations.set(name, nextRotationAt)
    return stagedSecret(name, stages, `put a value into ${idOf(name)}`, {
      kind: 'store',
      store: 'aws',
    })
  }
  const waitMs = (name: string) => {
    const plan = { ttlMs, now: clock.now(), nextRotationAt: rotations.get(name) }
    return nextLookMs({ ...plan, random: random() })
  }
  const reads = createWatchedReads({
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
