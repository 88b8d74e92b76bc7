import { createFakeClock } from '@rekey/secret'
import type { FakeClock } from '@rekey/secret/internal'
import { Faults, type Outage } from './faults.ts'
import { createRandom, type Random } from './random.ts'
import { Trace } from './trace.ts'

/** What everything in one world has in common. */
export interface WorldParts {
  /** The true time. */
  readonly time: FakeClock
  readonly random: Random
  readonly faults: Faults
  readonly trace: Trace
}

/** Creates the parts of a new world, in which every delay follows from `seed`. `startMs` is as in {@link createFakeClock}. */
export function createWorldParts(
  seed: number,
  outages: readonly Outage[],
  startMs?: number,
): WorldParts {
  const time = createFakeClock(startMs)
  const trace = new Trace(time)
  return { time, random: createRandom(seed), faults: new Faults(outages, trace), trace }
}
