import type { Ending, RotatorModel } from './rotator-model.ts'
import type { WorldParts } from './world-parts.ts'

const GIVE_UP_MS = 8 * 3_600_000
const FINAL_ATTEMPTS = 150
/** A rotation that is sabotaged is rolled back now and then, by the luck of its latencies. */
const FINAL_ROUNDS = 6

/** Moves time until `work` has come to its end. */
export async function runWorld({ time, trace }: WorldParts, work: Promise<void>): Promise<void> {
  const state = { isDone: false }
  void work.then(() => (state.isDone = true))
  while (!state.isDone && trace.nowMs < GIVE_UP_MS) await time.advance(1_000)
  if (!state.isDone) trace.violate('world', 'never comes to rest')
}

/** Heals everything, and rotates once more: whatever was left open must come to its end. */
export async function rotateToEnd(
  parts: WorldParts,
  rotator: RotatorModel,
  attempts = FINAL_ATTEMPTS,
): Promise<void> {
  const { faults, trace } = parts
  trace.add('world', 'everything works again')
  faults.heal()
  let ending: Ending | undefined
  for (let round = 0; round < FINAL_ROUNDS && ending?.as !== 'rotated'; round += 1) {
    ending = await rotator.carryOut({ order: 'rotate', attempts })
  }
  if (ending?.as !== 'rotated') trace.violate('world', 'cannot rotate although everything works')
}
